-- What could still matter to an open booking, as kinds of news (bits of risk_scorer.news; 31 is all of them).
alter table open_bookings add column hears smallint not null default 31;
