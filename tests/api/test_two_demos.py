import signal

from api.cli import LOADING
from eventlog.alone import alone
from eventlog.migrate import migrate
from eventlog.settings import DatabaseUrls
from tests.api.test_command_line import a_free_port, doorstep, running


def test_a_demo_started_while_another_loads_says_that_it_waits_and_can_be_stopped(database_urls: DatabaseUrls) -> None:
    migrate(database_urls, "demonstration")
    with (
        alone(database_urls, LOADING, lambda: None),
        running("demo", "--port", str(a_free_port()), urls=database_urls) as demo,
    ):
        assert demo.stdout is not None
        assert demo.stdout.readline().startswith("Another `doorstep demo` is loading the schools")
        demo.send_signal(signal.SIGINT)
        assert demo.communicate(timeout=30)[0] == "Doorstep has stopped. Everything is stored.\n"
        assert demo.returncode == 0
    assert doorstep("school", "list", urls=database_urls).output == "", "the one that waited has stored nothing"
