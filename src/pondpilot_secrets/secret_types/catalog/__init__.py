"""One file a secret type, each binding `SECRET_TYPE`; a new file here is all that a new type needs."""
