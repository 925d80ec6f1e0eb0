"""Twilio's signature, against Twilio's own library."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from notifier.channels.signature import is_genuine, sign

URL = "https://guard.example/callbacks/twilio/reply?x=1"
_words = st.text(st.characters(codec="utf-8"), max_size=20)


@given(st.dictionaries(_words, _words, max_size=8), st.text("abcdef0123456789", min_size=1, max_size=40))
def test_it_is_what_twilios_library_makes(form: dict[str, str], token: str) -> None:
    theirs = RequestValidator(token).compute_signature(URL, form)
    assert sign(token, URL, form.items()) == theirs
    assert is_genuine(token, URL, form.items(), theirs)


def test_twilios_documented_example() -> None:
    """https://www.twilio.com/docs/usage/security#explore-the-algorithm-yourself"""
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675310",
        "Digits": "1234",
        "From": "+14158675310",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert sign("12345", url, form.items()) == RequestValidator("12345").compute_signature(url, form)


def test_pairs_that_come_twice_count_as_in_twilios_library() -> None:
    class Several(dict[str, str]):
        def getall(self, name: str) -> list[str]:
            return {"A": ["2", "1", "2"], "B": ["x"]}[name]

    theirs = RequestValidator("t").compute_signature(URL, Several(A="2", B="x"))
    assert sign("t", URL, [("A", "2"), ("B", "x"), ("A", "1"), ("A", "2")]) == theirs


@given(st.text(max_size=40) | st.none())
def test_nothing_else_is_taken_for_it(signature: str | None) -> None:
    form = [("Body", "1")]
    assert is_genuine("token", URL, form, signature) == (signature == sign("token", URL, form))
