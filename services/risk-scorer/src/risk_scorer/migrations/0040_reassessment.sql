-- What is open, and so worth judging again when something linked to it changes. `booking` is the keyed hash that
-- sightings carry; `until` is when it is given up, if nobody ever says how it ended.
create table open_bookings (
    booking bigint primary key,
    operator_id text not null,
    booking_id text not null,
    partition int,
    until timestamptz not null
) with (fillfactor = 70);
create index open_bookings_given_up on open_bookings (until);

-- Bookings to be judged again. One row a booking, however much has changed; `not_before` where there is no hurry.
create table reassessments_due (
    operator_id text not null,
    booking_id text not null,
    partition int,
    cause text not null,
    asked_at timestamptz not null,
    not_before timestamptz,
    primary key (operator_id, booking_id)
);

-- Assessments that no event led to: steps of their own in a booking's versions. Published after they are kept.
create table reassessments (
    operator_id text not null,
    booking_id text not null,
    version bigint not null,
    cause text not null,
    assessment_id uuid not null,
    assessment bytea not null,
    signals bytea not null,
    assessed_at timestamptz not null,
    partition int,
    published boolean not null default false,
    primary key (operator_id, booking_id, version)
);
create index reassessments_unpublished on reassessments (assessed_at) where not published;

-- By which policy the open bookings of a partition were last judged as a whole.
create table policies_lived (
    partition int primary key,
    edition text not null
);
