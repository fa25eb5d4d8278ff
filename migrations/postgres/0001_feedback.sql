-- Answers to "Was this it?": which case, in which language, yes or no, an optional line. No identity, no address.
create table feedback (
    id      bigint  generated always as identity primary key,
    case_slug text    not null,
    lang    text    not null check (lang in ('zh', 'en')),
    answer  text    not null check (answer in ('yes', 'no')),
    line    text    not null,
    at      bigint  not null
);
create index feedback_by_time on feedback (at);
