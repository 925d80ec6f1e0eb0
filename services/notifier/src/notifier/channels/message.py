"""What a delivery to a person carries in its body, whatever the channel: already worded, ready to be sent."""

from __future__ import annotations

import msgspec
from msgspec import Struct


class Message(Struct, frozen=True, omit_defaults=True):
    """One message to one recipient. `to` is the channel's own address: a phone in E.164, an e-mail address, the JSON
    of a push subscription, an Apprise URL's secret name, the booking's id in a dispatch system. `text` stands alone;
    `subject` and `html` are for channels that have them. `link` is the signed page where the recipient answers.
    `language` is that of the text (ISO 639-1), for the voice that reads it. `hint` says in that language how to answer
    on this channel: which number to text back, which key to press."""

    to: str
    text: str
    subject: str | None = None
    html: str | None = None
    link: str | None = None
    language: str = "en"
    hint: str | None = None


_decoder = msgspec.json.Decoder(Message)


def read(body: bytes) -> Message | None:
    """The message in a delivery's body; `None` when it holds none (it was blanked, or is not one)."""
    try:
        return _decoder.decode(body)
    except msgspec.MsgspecError:
        return None
