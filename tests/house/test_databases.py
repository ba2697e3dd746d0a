"""The databases that tests run on are real, empty and their own."""

from __future__ import annotations

import psycopg

from gateway.store.schema import is_current, upgrade
from tests.postgres import Server


def test_a_database_of_either_kind_takes_the_schema(database_url):
    upgrade(database_url)

    assert is_current(database_url)


def test_postgresql_listens_on_no_network(postgres_server: Server):
    with psycopg.connect(postgres_server.url("postgres")) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_a_copy_of_a_database_holds_what_the_first_one_held(postgres_server: Server):
    with psycopg.connect(postgres_server.create("pattern")) as connection:
        connection.execute("CREATE TABLE planted (id int)")
    with psycopg.connect(postgres_server.create("copied", "pattern")) as connection:
        assert connection.execute("SELECT count(*) FROM planted").fetchone() == (0,)


def test_a_server_stops_although_a_connection_is_open():
    server = Server.start()
    connection = psycopg.connect(server.url("postgres"))

    server.stop()

    assert connection.closed or not _answers(connection)
    connection.close()


def _answers(connection: psycopg.Connection) -> bool:
    try:
        connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True
