"""Calls that read a warning out and ask for a key, in the shape of Twilio's Calls API.

The API has no idempotency key, and a call carries nothing by which it could be found again. So while a call to the same
number is still going on, no other is begun; when it is over and nobody pressed a key, another attempt rings again. A
repeated call is thus possible where the provider never answered, never two at the same time.
"""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from notifier.channels import message
from notifier.channels.channel import Attempt
from notifier.channels.message import Message
from notifier.channels.phone import is_e164
from notifier.channels.plain import one_line
from notifier.channels.twilio import ARRIVED, LOST, TwilioAccount
from notifier.channels.unexpected import ended_by
from notifier.rung_rows import Delivery

#: The API takes 4,000 characters of TwiML; this leaves room for the rest of it.
_SAY_AT_MOST = 2_400
_BUSY_S = 10.0
#: Voices by language; Twilio reads Welsh since 2023 (https://www.twilio.com/docs/voice/twiml/say/text-speech).
_VOICES = {"en": "en-GB", "cy": "cy-GB", "pl": "pl-PL", "ro": "ro-RO", "pt": "pt-PT", "es": "es-ES", "fr": "fr-FR"}
_HINT = "Press 4 to say that you have understood."


class VoiceChannel:
    """`caller` is the number that calls come from. `callback` is the public address under which `callbacks.py`
    answers."""

    name = "voice"

    def __init__(self, account: TwilioAccount, *, caller: str, callback: str) -> None:
        self._account = account
        self._caller = caller
        self._callback = f"{callback.rstrip('/')}/callbacks/twilio"

    async def attempt(self, delivery: Delivery) -> Attempt:
        """Begin one call. `sent` is what the provider has accepted: whether somebody answered is still to come."""
        told = message.read(delivery.body)
        if told is None or not is_e164(told.to):
            return Attempt("refused", "to: no phone number in E.164")
        try:
            if delivery.attempts > 1 and await self._ringing(told.to):
                return Attempt("try_again", "a call to this number is going on", _BUSY_S)
            return await self._account.create("Calls", self._fields(told, delivery))
        except Exception as error:
            return ended_by(self.name, error)

    async def close(self) -> None:
        await self._account.close()

    async def _ringing(self, to: str) -> bool:
        newest = await self._account.newest("Calls", to)
        return any(one.status not in ARRIVED and one.status not in LOST for one in newest or ())

    def _fields(self, told: Message, delivery: Delivery) -> list[tuple[str, str]]:
        status = f"{self._callback}/status/{delivery.delivery_id}"
        return [
            ("To", told.to),
            ("From", self._caller),
            ("Twiml", twiml(told, f"{self._callback}/voice/{delivery.delivery_id}")),
            ("Timeout", "25"),
            ("StatusCallback", status),
            # A voicemail that was talked to is not a driver who was warned.
            ("MachineDetection", "Enable"),
            ("AsyncAmd", "true"),
            ("AsyncAmdStatusCallback", status),
        ]


def twiml(told: Message, action: str) -> str:
    """What the call says, twice, while it waits for a key. Whatever stands in the text is read out and never taken for
    markup."""
    said = escape(_short(f"{one_line(told.text)}")) + " " + escape(one_line(told.hint or _HINT)[:200])
    say = f'<Say language={quoteattr(voice_of(told.language))} loop="2">{said}</Say>'
    gather = f'<Gather numDigits="1" timeout="7" method="POST" action={quoteattr(action)}>{say}</Gather>'
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{gather}<Hangup/></Response>'


def _short(text: str) -> str:
    """The text up to the word at which it would become too long when escaped."""
    words = text.split(" ")
    while len(words) > 1 and len(escape(" ".join(words))) > _SAY_AT_MOST:
        words = words[: len(words) * 3 // 4]
    kept = " ".join(words)
    return kept if len(escape(kept)) <= _SAY_AT_MOST else kept[: _SAY_AT_MOST // 5]


def voice_of(language: str) -> str:
    """The provider's voice for a language; English where it has none."""
    return _VOICES.get(language, _VOICES["en"])
