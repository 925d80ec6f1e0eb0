"""The catalogue of metrics: every one that a service exposes, with what it counts. No label holds personal data."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)

#: Events answered by booking-ingest, by what was answered. `TooMany`: a key is over its rate, or a source came with too
#: many wrong keys.
events_received = Counter("pickup_events_received", "Booking events received.", ["answer"])
#: Bytes of events in booking-ingest that wait for the database and the broker.
ingest_waiting_bytes = Gauge("pickup_ingest_waiting_bytes", "Bytes of events that wait to be taken.")
#: From reading a batch to its assessments being published.
batch_seconds = Histogram("pickup_batch_seconds", "Time to assess one batch.", buckets=_SECONDS)
#: Events in a scorer's batch.
batch_events = Histogram("pickup_batch_events", "Events per batch.", buckets=(1, 5, 10, 25, 50, 100, 250, 500))
#: Assessments published, by decision and pattern.
assessments = Counter("pickup_assessments", "Assessments published.", ["decision", "pattern"])
#: From the event's arrival in Kafka to its assessment being committed.
decision_seconds = Histogram("pickup_decision_seconds", "Ingest to decision.", buckets=_SECONDS)
#: States of bookings that were judged by what they say themselves.
assessed_without_history = Counter(
    "pickup_assessed_without_history", "States of bookings that were judged while the database was away."
)
#: By what is kept for a while only: `content`, `decisions`, `marks`, `sightings`, and the notifier's `alerts`.
forgetting_behind = Gauge("pickup_forgetting_behind_seconds", "How late what is to be forgotten is.", ["what"])
#: Places looked up, by how that went: found, nothing, known (no need to ask), or why there was no answer.
premises_lookups = Counter("pickup_premises_lookups", "Places looked up.", ["result"])
#: Messages that could not be processed, by service and reason class.
dead_letters = Counter("pickup_dead_letters", "Messages sent to a dead-letter topic.", ["service", "error"])
#: Outcomes kept by the scorer, each once.
outcomes_kept = Counter("pickup_outcomes_kept", "Outcomes taken in.")
#: Assessments by what was booked and where it is fetched: 3 services, 7 channels, 19 kinds of premises and 4 decisions
#: bound it to 1,596 series, of which a deployment sees a few dozen.
decisions = Counter(
    "pickup_decisions", "Assessments by what was booked.", ["service", "channel", "premises", "decision"]
)
#: Assessments by the letters of the pickup's postcode: 121 areas, `other` and `unknown`, times 4.
decisions_by_area = Counter("pickup_decisions_by_area", "Assessments by postcode area.", ["area", "decision"])
#: Assessments by operator: the first 200 that a process meets, and `other`, times 4.
decisions_by_operator = Counter("pickup_decisions_by_operator", "Assessments by operator.", ["operator", "decision"])
#: What a scorecard in shadow would decide, beside what was decided: 4 times 4 series.
scorecard = Counter("pickup_scorecard_decisions", "Decisions beside a scorecard's.", ["decision", "scorecard"])
#: Alert steps, by type.
alert_events = Counter("pickup_alert_events", "Steps in alerts' lives.", ["type"])
#: Alerts that wait for a person.
alerts_open = Gauge("pickup_alerts_open", "Alerts not yet closed.")
#: From the assessment to the first attempt on a channel.
first_attempt_seconds = Histogram("pickup_first_attempt_seconds", "Decision to first attempt.", buckets=_SECONDS)
#: Alerts that the alert budget kept on the page, by decision.
alerts_rationed = Counter("pickup_alerts_rationed", "Alerts over the alert budget.", ["decision"])
#: Attempts on a channel, by result.
attempts = Counter("pickup_attempts", "Attempts to deliver a warning.", ["channel", "result"])
#: Open bookings judged again, by why and whether the answer was `changed`, the `same` or `failed`.
reassessments = Counter("pickup_reassessments", "Bookings judged again.", ["cause", "result"])
#: States of bookings of which a rule in shadow was true, by rule. It changed no decision.
shadow_rules = Counter("pickup_shadow_rules", "Rules in shadow that were true of a booking.", ["rule"])
#: 1 for the ruleset that this worker judges by.
ruleset_running = Gauge("pickup_ruleset_running", "The ruleset in use.", ["ruleset", "version", "fingerprint"])
#: 1 while something published could not be used, so that the last good one is.
policy_faulty = Gauge("pickup_policy_faulty", "Whether a published policy could not be used.")
#: Entries of the lists that have not expired.
list_entries = Gauge("pickup_list_entries", "Live entries of the watch and trust lists.", ["list"])
#: How long an attempt on a channel took, its waiting for a turn not counted.
channel_seconds = Histogram(
    "pickup_channel_seconds", "Time of one attempt on a channel.", ["channel"], buckets=_SECONDS
)
#: Attempts under way.
channel_in_flight = Gauge("pickup_channel_in_flight", "Attempts under way on a channel.", ["channel"])
#: Doors (an operator's system, a push service, a provider) that are left alone after failures in a row.
channel_open = Gauge("pickup_channel_open", "Open circuit breakers of a channel.", ["channel"])
#: Attempts that a channel put off: `busy` when too many were under way, `open` when its circuit breaker was.
channel_held_back = Counter(
    "pickup_channel_held_back", "Attempts put off before anything was sent.", ["channel", "reason"]
)
#: Parts that text messages were sent in; a provider charges by them.
sms_segments = Counter("pickup_sms_segments", "Segments of text messages sent.", ["encoding"])
#: Text messages that were longer than the cap and lost their end.
sms_cut = Counter("pickup_sms_cut", "Text messages that were cut.")
#: Providers' callbacks and answers of recipients, by kind and by what became of them (`taken`, `unknown`, `forged`, …).
callbacks = Counter("pickup_callbacks", "Callbacks received.", ["kind", "answer"])
#: Sign-ins at the console, by way (`password`, `openid`, `key`) and result (`opened`, `refused`, `locked_out`).
sign_ins = Counter("pickup_sign_ins", "Sign-ins at the console.", ["how", "result"])
#: Looks at the page that could not be logged, because the database was away for long.
views_lost = Counter("pickup_views_lost", "Looks that could not be logged.")
#: Operators whose audit does not hold: their chain is no longer signed until a person has looked.
audit_broken = Gauge("pickup_audit_broken", "Operators whose audit does not hold.")
#: What the notifier's loops could not do of a row, by kind of work: each time that it was set aside.
set_aside = Counter("pickup_set_aside", "Rows that a loop could not work on.", ["work"])
#: What of that still waits for somebody to look.
set_aside_waiting = Gauge("pickup_set_aside_waiting", "Rows that are set aside.", ["work"])
#: Drills, by result (`passed`, `missed`).
drills = Counter("pickup_drills", "Drills that ended.", ["result"])
#: How long each leg of a drill took, from the leg before it.
drill_seconds = Histogram("pickup_drill_seconds", "Legs of drills.", ["leg"], buckets=_SECONDS)
#: When the last drill was sent that passed; stands still when drills stop as well as when they fail.
drill_last_passed = Gauge("pickup_drill_last_passed_timestamp_seconds", "When the last passed drill was sent.")
