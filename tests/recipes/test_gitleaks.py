"""The gitleaks rule finds every secret of the feed wherever it stands, and nothing else."""

import math
import tomllib
from collections import Counter
from pathlib import Path

import pytest
import re2

from ninety.rules import secrets

RECIPES = Path(__file__).parents[2] / "recipes"
RULE = tomllib.loads((RECIPES / "gitleaks.toml").read_text(encoding="utf-8"))["rules"][0]

SURROUNDINGS = {
    "yaml": "env:\n  FEED_KEY: {}\n",
    "quoted yaml": "env:\n  - '{}'\n",
    "env": 'FEED_KEY="{}"\n',
    "env at the end of a file": "FEED_KEY={}",
    "nuget.config": '<add key="ClearTextPassword" value="{}" />',
    "shell": "nuget push Acme.1.0.0.nupkg -ApiKey {} -Source https://feed.example",
    "header": "curl --header X-NuGet-ApiKey:{}\r\n",
    "JSON": '{{"key":"{}"}}',
    "a line of a text in JSON": '"log": "pushed with\\n{}\\nand done"',
    "address": "https://any:{}@feed.example/v3/index.json?x=1",
    "Markdown": "Use `{}`, please.",
    "log": "[14:04:00] key={}; status=201",
}


def found(text: str) -> list[str]:
    """The secrets that the rule finds in `text`, judged as gitleaks does."""
    return [
        match[RULE["secretGroup"]]
        for match in re2.finditer(RULE["regex"], text)
        if any(word in text.lower() for word in RULE["keywords"])
        and entropy(match[RULE["secretGroup"]]) > RULE["entropy"]
    ]


def entropy(text: str) -> float:
    """Shannon's, in bits for each letter."""
    shares = [count / len(text) for count in Counter(text).values()]
    return -sum(share * math.log2(share) for share in shares)


def fresh() -> str:
    return secrets.new_secret(secrets.new_id())


def test_the_rule_has_what_gitleaks_requires():
    assert RULE["id"] == "ninety-api-key"
    assert RULE["description"].endswith(".")
    assert re2.compile(RULE["regex"]).groups == RULE["secretGroup"] == 1
    assert all(word == word.lower() for word in RULE["keywords"])
    assert set(RULE) == {
        "id",
        "description",
        "regex",
        "secretGroup",
        "entropy",
        "keywords",
        "tags",
    }


@pytest.mark.parametrize("surrounding", SURROUNDINGS.values(), ids=SURROUNDINGS)
def test_every_secret_is_found_wherever_it_stands(surrounding):
    for _secret in range(500):
        secret = fresh()
        assert found(surrounding.format(secret)) == [secret]


def test_secrets_side_by_side_are_all_found():
    several = [fresh() for _secret in range(100)]
    assert found(" ".join(several)) == several
    assert found(",".join(several)) == several
    assert found("\n".join(several)) == several


def test_what_only_looks_like_one_is_not_found():
    for _secret in range(500):
        secret = fresh()
        near = [
            secret[:-1],
            secret + "A",
            secret.upper(),
            secret.replace("n90_", "n91_"),
            secret.replace("_", "-"),
            secret[:4] + "1" + secret[5:],
            secret[:14],
            f"{secret[:14]}_…",
            secrets.digest(secret),
            "n90_aaaaaaaaaa_" + "0" * 38,
        ]
        assert found("\n".join(near)) == []


def test_every_match_of_the_pattern_is_of_the_form_the_feed_makes():
    secret = fresh()
    assert secrets.PATTERN.fullmatch(secret)
    assert found(f"{secret} and n90_{'a' * 9}1_{secret[15:]}") == [secret]


def test_its_entropy_lets_every_real_secret_through():
    lowest = min(entropy(fresh()) for _secret in range(5_000))
    assert lowest > RULE["entropy"] + 0.5


def test_the_documentation_shows_the_same_expression():
    page = (RECIPES.parent / "docs" / "keys.md").read_text(encoding="utf-8")
    shown = "n90_[a-z2-7]{10}_[0-9A-Za-z]{38}"
    assert f"`{shown}`" in page
    assert RULE["regex"].startswith(f"({shown})")
    assert RULE["id"] in page
