"""PostgreSQL with scram-sha-256, so that a wrong password is really refused; no TLS."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.services.process import (
    LOOPBACK,
    Service,
    find_program,
    free_port,
    port_answers,
    run_checked,
    serve_from_shell,
    service_user,
)

SETUP = """
CREATE ROLE {user} LOGIN PASSWORD {password};
CREATE ROLE questioning LOGIN PASSWORD 'p?ss';
CREATE DATABASE {database} OWNER {user};
\\connect {database}
SET ROLE {user};
CREATE TABLE public.orders (id integer PRIMARY KEY, customer text NOT NULL, amount numeric(10, 2) NOT NULL);
INSERT INTO public.orders VALUES (1, 'ana', 12.50), (2, 'bo', 7.25), (3, 'chloé', 100.00);
"""


class PostgresServer(Service):
    """A PostgreSQL cluster in a temporary folder with one database and `public.orders` of three rows.

    `user` owns them; `questioning`, whose password is `p?ss`, can do no more than log in.
    """

    host = LOOPBACK
    user = "reporting"
    database = "warehouse"
    # Every character here has once broken somebody's connection string.
    password = "p'a\"s\\s w=o?r$1;d%20@/:&#é"
    rows = 3

    def start(self) -> None:
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        folders = programs[-1:]
        initdb = find_program("initdb", "the Debian package postgresql", *folders)
        postgres = find_program("postgres", "the Debian package postgresql", *folders)
        psql = find_program("psql", "the Debian package postgresql", *folders)
        account = service_user("postgres")
        folder = self.make_folder(account)
        cluster = folder / "cluster"
        run_checked(
            [initdb, "-D", str(cluster), "-U", "postgres", "-E", "UTF8", "--locale=C", "-A", "trust", "--no-sync"],
            user=account,
        )
        self._demand_passwords(cluster)
        self.port = free_port()
        server = self.spawn(
            [postgres, "-D", str(cluster), "-k", str(folder), "-h", self.host, "-p", str(self.port), *FAST],
            log=folder / "postgres.log",
            user=account,
            stop_with=signal.SIGINT,
        )
        server.wait_until(lambda: port_answers(self.port))
        setup = SETUP.format(user=self.user, database=self.database, password=quoted(self.password))
        command = [psql, "-h", str(folder), "-p", str(self.port), "-U", "postgres", "-qXv", "ON_ERROR_STOP=1"]
        run_checked(command, user=account, text=setup)

    @staticmethod
    def _demand_passwords(cluster: Path) -> None:
        """Trust the administrator on the private socket, and ask everybody else for a password over TCP."""
        rules = "local all postgres trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        (cluster / "pg_hba.conf").write_text(rules)

    def describe(self) -> str:
        return f"postgres: host={self.host} port={self.port} dbname={self.database} user={self.user}\n{self.password}"


FAST = ["-c", "fsync=off", "-c", "ssl=off", "-c", "shared_buffers=16MB", "-c", "password_encryption=scram-sha-256"]


def quoted(text: str) -> str:
    """Give an SQL literal that holds backslashes as they are."""
    return "'" + text.replace("'", "''") + "'"


if __name__ == "__main__":
    serve_from_shell(PostgresServer())
