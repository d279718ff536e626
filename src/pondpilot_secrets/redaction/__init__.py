"""Values out of texts, in every encoding; knows neither vault nor DuckDB."""
