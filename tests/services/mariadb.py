"""MariaDB over TCP, with a user who needs a password."""

from __future__ import annotations

import signal

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

PACKAGE = "the Debian package mariadb-server"
INSTALL = ("--auth-root-authentication-method=normal", "--force", "--skip-test-db", "--skip-name-resolve")
SMALL = ("--innodb-log-file-size=4M", "--innodb-buffer-pool-size=16M", "--innodb-flush-log-at-trx-commit=0")

# Read by the server before it accepts connections, one statement a line.
SETUP = """\
CREATE DATABASE {database} CHARACTER SET utf8mb4;
CREATE USER '{user}'@'127.0.0.1' IDENTIFIED BY {password};
CREATE USER '{user}'@'localhost' IDENTIFIED BY {password};
GRANT ALL ON {database}.* TO '{user}'@'127.0.0.1';
GRANT ALL ON {database}.* TO '{user}'@'localhost';
CREATE TABLE {database}.orders (id INT PRIMARY KEY, customer VARCHAR(50) NOT NULL, amount DECIMAL(10, 2) NOT NULL);
INSERT INTO {database}.orders VALUES (1, 'ana', 12.50), (2, 'bo', 7.25), (3, 'chloe', 100.00);
"""


class MariaDBServer(Service):
    """A MariaDB instance in a temporary folder with one user, the database `shop` and its `orders` of three rows."""

    host = LOOPBACK
    user = "till"
    database = "shop"
    password = "p'a\"s\\s w=o?r$1;d%20@/:&#"
    rows = 3

    def start(self) -> None:
        install = find_program("mariadb-install-db", PACKAGE)
        mariadbd = find_program("mariadbd", PACKAGE, "/usr/sbin", "/usr/libexec")
        account = service_user("mysql")
        folder = self.make_folder(account)
        data = folder / "data"
        run_checked(
            [install, "--no-defaults", f"--datadir={data}", *INSTALL, *SMALL],
            user=account,
        )
        setup = folder / "setup.sql"
        setup.write_text(SETUP.format(user=self.user, database=self.database, password=quoted(self.password)))
        setup.chmod(0o644)
        self.port = free_port()
        server = self.spawn(
            [
                *(mariadbd, "--no-defaults", "--skip-name-resolve", *SMALL),
                *(f"--datadir={data}", f"--init-file={setup}", f"--socket={folder}/socket"),
                *(f"--port={self.port}", f"--bind-address={self.host}", f"--pid-file={folder}/pid"),
            ],
            log=folder / "mariadb.log",
            user=account,
            # An orderly end takes five seconds, and nothing here is worth them.
            stop_with=signal.SIGKILL,
        )
        server.wait_until(lambda: port_answers(self.port))

    def describe(self) -> str:
        return f"mariadb: host={self.host} port={self.port} database={self.database} user={self.user}\n{self.password}"


def quoted(text: str) -> str:
    """Give an SQL literal in MariaDB's own dialect, where a backslash escapes."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


if __name__ == "__main__":
    serve_from_shell(MariaDBServer())
