"""Settings: the file, the environment over it, and what is said when something is wrong."""

import os
from pathlib import Path

import pytest

from indexer.errors import ConfigurationError
from indexer.evm import address
from indexer.settings import Settings, load
from indexer.wrappers import WrapperKind, Wrapping

ENTRY = "0x2f39d218133AFaB8F2B819B1066c7E434Ad94E9e"
WRAPPER = f'[[wrappers]]\ntoken = "0x{"11" * 20}"\nkind = "same"\nunderlying = "0x{"22" * 20}"\n'
DEPLOYMENT = f'[[deployments]]\nname = "own"\nprotocol = "aave_v3"\nentry = "{ENTRY}"\n'


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting from outside, and a folder without a configuration."""
    for name in os.environ:
        if name.startswith("INDEXER_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def written(text: str) -> Path:
    path = Path("own.toml")
    path.write_text(text)
    return path


def fault(text: str) -> str:
    with pytest.raises(ConfigurationError) as raised:
        load(written(text))
    line = str(raised.value)
    assert "\n" not in line
    return line


def test_nothing_but_a_node_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INDEXER_NODE__URL", "http://127.0.0.1:8545")
    settings = load()
    assert settings.node.url == ["http://127.0.0.1:8545"]
    assert settings.database.url == "sqlite:///indexer.db"
    assert {d.name for d in settings.deployments_of(1)} >= {"aave_v3_main", "aave_v3_lido"}


@pytest.mark.parametrize("value", ["http://a,http://b", '["http://a", "http://b"]', " http://a , http://b "])
def test_several_nodes_from_the_environment(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("INDEXER_NODE__URL", value)
    assert load().node.url == ["http://a", "http://b"]


def test_the_environment_beats_the_file_key_by_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INDEXER_NODE__TIMEOUT_S", "7")
    monkeypatch.setenv("INDEXER_BUILTIN", "false")
    settings = load(written('builtin = true\n[node]\nurl = "http://file"\ntimeout_s = 5\n'))
    assert (settings.node.url, settings.node.timeout_s, settings.builtin) == (["http://file"], 7, False)


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INDEXER_CHAIN__BLOCK_TIME_S", "")
    assert load().block_time_of(10) == 2


def test_own_deployments_add_and_replace() -> None:
    text = DEPLOYMENT + DEPLOYMENT.replace('"own"', '"aave_v3_main"') + "first_block = 5\n"
    found = {d.name: d for d in load(written(text)).deployments_of(1)}
    assert found["own"].entry == address(ENTRY)
    assert found["aave_v3_main"].first_block == 5
    assert "aave_v3_lido" in found


def test_nothing_to_follow_says_what_to_add() -> None:
    with pytest.raises(ConfigurationError, match=r"add \[\[deployments\]\]"):
        load(written("builtin = false")).deployments_of(1)


def test_own_feeds_beat_the_built_in_ones() -> None:
    proxy = "0x5f4eC3Df9cbd43714FE2740f5E3616155c5b8419"
    settings = load(written(f'[[feeds]]\nname = "mine"\nproxy = "{proxy}"\nheartbeat_s = 60\n'))
    assert settings.feeds_of(1)[address(proxy)].heartbeat_s == 60
    assert Settings().feeds_of(1)[address(proxy)].heartbeat_s == 3600
    assert settings.feeds_of(31337).keys() == {address(proxy)}


def test_own_wrappers_beat_the_built_in_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    token, underlying = address("0x" + "11" * 20), address("0x" + "22" * 20)
    reth = address("0xae78736Cd615f374D3085123A210448E74Fc6393")
    settings = load(written(WRAPPER + f'[[wrappers]]\ntoken = "{reth}"\nkind = "erc4626"\n'))
    found = settings.wrappers_of(1)
    assert found[token] == Wrapping(WrapperKind.SAME, underlying)
    assert found[reth] == Wrapping(WrapperKind.ERC4626, None)
    assert Settings().wrappers_of(1)[reth].kind is WrapperKind.RETH
    assert settings.wrappers_of(31337).keys() == {token, reth}
    monkeypatch.setenv("INDEXER_WRAPPERS", f'[{{"token": "{token}", "kind": "wsteth"}}]')
    assert load().wrappers_of(31337) == {token: Wrapping(WrapperKind.WSTETH, None)}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[node]\nulr = "x"', "unknown key [node] ulr; did you mean url?"),
        ('[nodes]\nurl = "x"', "unknown key nodes; did you mean node?"),
        ("[node]\ntimeout_s = 0", "[node] timeout_s: Input should be greater than 0"),
        ("[node\n", "own.toml is not TOML"),
        ("[node\n", "line 1"),
        (DEPLOYMENT.replace("aave_v3", "aave_v9"), "unknown protocol 'aave_v9': known are "),
        (DEPLOYMENT.replace(ENTRY, "0x12"), "[[deployments]] number 1: entry: not an address: '0x12'"),
        (DEPLOYMENT + "frist_block = 1\n", "did you mean first_block?"),
        (DEPLOYMENT + DEPLOYMENT, "has the name 'own' twice"),
        (DEPLOYMENT.replace('"own"', '"reuse"'), "'reuse' is a name of the program's own: choose another"),
        ('[log]\nlevel = "loud"', "[log] level"),
        (WRAPPER.replace('"same"', '"stata"'), "[[wrappers]] number 1: kind: Input should be 'erc4626', "),
        (
            WRAPPER.replace("underlying", "# "),
            "underlying: kind same needs the underlying token: its contract",
        ),
        (WRAPPER.replace("22", "11"), "[[wrappers]] number 1: underlying: a token cannot stand for itself"),
        (WRAPPER + WRAPPER, f"[[wrappers]] has the token 0x{'11' * 20} twice"),
    ],
)
def test_a_fault_is_one_line_that_names_file_and_key(text: str, says: str) -> None:
    line = fault(text)
    assert "own.toml" in line
    assert says in line


def test_a_wrong_value_is_not_repeated() -> None:
    assert "s3cret" not in fault('[node]\ntimeout_s = "http://x/s3cret"')


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("INDEXER_NODE_URL", "did you mean INDEXER_NODE__URL?"),
        ("INDEXER_NODE__ULR", "did you mean INDEXER_NODE__URL?"),
        ("INDEXER_LOG__LEVEL", "environment variable INDEXER_LOG__LEVEL: [log] level"),
    ],
)
def test_a_fault_of_the_environment_names_the_variable(monkeypatch: pytest.MonkeyPatch, name: str, says: str) -> None:
    monkeypatch.setenv(name, "s3cret")
    line = fault("")
    assert says in line
    assert "s3cret" not in line


def test_a_file_asked_for_must_be_there() -> None:
    with pytest.raises(ConfigurationError, match=r"there is no configuration file other\.toml"):
        load(Path("other.toml"))


def test_no_repr_shows_a_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INDEXER_NODE__URL", "http://x/s3cret")
    monkeypatch.setenv("INDEXER_DATABASE__URL", "postgresql://user:s3cret@host/db")
    assert "s3cret" not in repr(load())


class TestApiKeys:
    def test_from_the_file_and_from_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        path = written(f'[[api.keys]]\nname = "bot"\nsha256 = "{"AB" * 32}"\n')
        assert [(key.name, key.sha256) for key in load(path).api.keys] == [("bot", "ab" * 32)]
        monkeypatch.setenv("INDEXER_API__KEYS", f'[{{"name": "desk", "sha256": "{"cd" * 32}"}}]')
        assert [key.name for key in load(path).api.keys] == ["desk"]

    @pytest.mark.parametrize(
        ("lines", "says"),
        [
            ('name = "bot"\nsha256 = "secret"', "[[api.keys]] number 1: sha256"),
            (f'name = "b t"\nsha256 = "{"ab" * 32}"', "[[api.keys]] number 1: name"),
            (f'name = "bot"\nkey = "{"ab" * 32}"', "sha256"),
            (f'name = "bot"\nsha257 = "{"ab" * 32}"', "sha256"),
        ],
    )
    def test_a_malformed_one_is_told_without_showing_it(self, lines: str, says: str) -> None:
        line = fault(f"[[api.keys]]\n{lines}\n")
        assert says in line
        assert "secret" not in line
        assert "ab" * 32 not in line

    @pytest.mark.parametrize(("name", "sha256"), [("bot", "cd"), ("desk", "ab")])
    def test_neither_a_name_nor_a_key_stands_there_twice(self, name: str, sha256: str) -> None:
        one, two = (f'[[api.keys]]\nname = "{n}"\nsha256 = "{h * 32}"\n' for n, h in (("bot", "ab"), (name, sha256)))
        assert "keys" in fault(one + two)
