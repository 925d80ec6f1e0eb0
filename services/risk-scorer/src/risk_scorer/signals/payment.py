"""Who pays, and how."""

from __future__ import annotations

from risk_scorer.facts import Facts
from risk_scorer.known import known
from risk_scorer.signals.signal import Room

room = Room()

_DEAR_PENCE = 6000.0


@room.signal("pay1_remote_link", "payment.method")
def remote_link(facts: Facts) -> bool:
    """Paid by a link sent to somebody who is not at the pickup (PAY1)."""
    return facts.payment.method == "payment_link"


@room.signal("pay2_foreign_card", "payment.card_country")
def foreign_card(facts: Facts) -> bool:
    """The card was issued abroad (PAY2)."""
    country = known(facts.payment.card_country)
    return country is not None and country.upper() != "GB"


@room.signal("pay_recipient_pays_cash", "payment")
def recipient_pays_cash(facts: Facts) -> bool:
    """Cash from the recipient: nobody who books leaves a trace."""
    return facts.payment.method == "cash" and facts.payment.payer == "recipient"


@room.signal("pay3_sender_pays_cash", "payment")
def sender_pays_cash(facts: Facts) -> bool:
    """The person at the pickup pays the driver in cash (PAY3)."""
    return facts.payment.method == "cash" and facts.payment.payer == "sender"


@room.signal("pay_third_party", "payment.payer")
def third_party(facts: Facts) -> bool:
    """Somebody pays who is neither booker, sender nor recipient."""
    return facts.payment.payer == "third_party"


@room.signal("pay7_failed_attempts", "payment.failed_attempts")
def failed_attempts(facts: Facts) -> bool:
    """Two cards or more were tried and failed (PAY7)."""
    failed = known(facts.payment.failed_attempts)
    return failed is not None and failed >= 2


@room.signal("pay8_on_account", "payment.method")
def on_account(facts: Facts) -> bool:
    """Charged to a business account or invoiced (PAY8); said by the operator."""
    return facts.payment.method in ("account", "invoice") and facts.business_account


@room.signal("pay5_fare_pence", "fare.amount_pence")
def fare(facts: Facts) -> float:
    """The fare in pence; not a number when it is not known (PAY5)."""
    quoted = known(facts.booking.fare)
    amount = known(quoted.amount_pence) if quoted is not None else None
    return float("nan") if amount is None else float(amount)


@room.signal("pay5_dear", "fare.amount_pence")
def dear(facts: Facts) -> bool:
    """A fare of more than £60 (PAY5)."""
    return fare(facts) > _DEAR_PENCE


room.topic("pay4_price_no_object", "price_insensitive", meaning="Any fare is accepted, extra is offered (PAY4).")
