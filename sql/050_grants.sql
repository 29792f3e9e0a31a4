-- Who may do what. analyst and dashboard see marts only; caseworker sees marts and the way back to a family.

alter table restricted.household_cards enable row level security;

drop policy if exists cards_written on restricted.household_cards;
create policy cards_written on restricted.household_cards
for all to transformer using (true) with check (true);

-- current_user is the reader, not the view's owner.
drop policy if exists cards_by_division on restricted.household_cards;
create policy cards_by_division on restricted.household_cards
for select to card_reader using (restricted.may_see(current_user, village_code));

revoke all on all tables in schema ops, restricted from public;
revoke all on function restricted.log_read(text), restricted.may_see(name, text), ops.refuse_wrong_counts() from public;
revoke all on function
restricted.may_see_village(name, text), restricted.admit(text, date, text),
restricted.delivered_rows(bigint, integer[]), restricted.explained_flags(text, date),
restricted.explained_evidence(text, date), restricted.queue_places(text, text, text),
restricted.may_see_queued(name, text, text, text), restricted.look_at_queue(bigint),
restricted.decide_queued(bigint, text, text, text, text), restricted.revoke_queued(bigint, text, text)
from public;

grant usage on schema restricted to card_reader, caseworker, loader, transformer;
grant select on restricted.household_cards to card_reader;
grant execute on function restricted.log_read(text), restricted.may_see(name, text) to card_reader, caseworker;

do $$
begin
    if (select pg_get_userbyid(relowner) from pg_class where oid = 'restricted.household_card'::regclass) <> 'card_reader' then
        grant create on schema restricted to card_reader;
        alter view restricted.household_card owner to card_reader;
        revoke create on schema restricted from card_reader;
    end if;
end
$$;

grant select on
restricted.household_card, restricted.households, restricted.flag_explanations, restricted.flag_evidence,
restricted.queue
to caseworker;
-- A view's functions run as its reader; these two look at the reader's divisions themselves.
grant execute on function
restricted.explained_flags(text, date), restricted.explained_evidence(text, date),
restricted.may_see_village(name, text), restricted.may_see_queued(name, text, text, text),
restricted.look_at_queue(bigint), restricted.decide_queued(bigint, text, text, text, text),
restricted.revoke_queued(bigint, text, text)
to caseworker;

grant usage on schema ops to loader, transformer;
grant select on all tables in schema ops to loader, transformer;
grant usage on all sequences in schema ops to loader, transformer;
grant insert, update, delete on ops.deliveries to loader;
grant insert on ops.delivery_decisions, ops.expectation_results, ops.slice_moves, ops.steps to loader;
grant insert, update on ops.month_readiness to loader;
grant insert, select, delete on
restricted.quarantine, restricted.row_answers, restricted.delivery_tops, restricted.row_samples
to loader;
grant select on restricted.waiting_rows to loader;
grant insert, select on restricted.households, restricted.persons to loader;

grant insert, update, delete on
ops.builds, ops.current_build, ops.match_counts, ops.expectation_results, ops.model_runs, ops.month_readiness,
ops.rule_parameters, ops.steps
to transformer;
grant insert on ops.month_closings to transformer;
grant select on restricted.households, restricted.persons, restricted.queue_decisions to transformer;
grant select, insert, update, delete on
restricted.queue_items, restricted.queue_records, restricted.queue_candidates
to transformer;
grant select, insert, update, delete on restricted.household_cards, restricted.evidence_links to transformer;

grant usage on schema raw to transformer;
alter default privileges for role loader in schema raw grant select on tables to transformer;
grant select on all tables in schema raw to transformer;

grant usage on schema marts to analyst, dashboard, caseworker;
alter default privileges for role transformer in schema marts grant select on tables to analyst, dashboard, caseworker;
grant select on all tables in schema marts to analyst, dashboard, caseworker;
