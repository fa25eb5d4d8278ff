-- What was searched for: the words, how often, how often nothing was found, how often a result was followed; days since 1970.
create table search_log (
    lang    text    not null check (lang in ('zh', 'en')),
    words   text    not null,
    searches bigint not null,
    without_result bigint not null,
    followed bigint not null,
    last_day bigint not null
);
create unique index search_log_by_words on search_log (lang, words);
