-- Why a household is on a list: from a signal to the parameter's row and the policy's sentence.

create or replace function restricted.explained_flags(p_household_key text, p_month date)
returns table (
    rule_code text,
    title_zh text,
    title_en text,
    severity text,
    state text,
    why_zh text,
    why_en text,
    observed_value numeric,
    threshold_value numeric,
    parameters jsonb,
    policies jsonb,
    needs jsonb,
    definition_zh text,
    definition_en text,
    queued_candidate_count integer,
    evidence_count integer,
    village_code text
)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    if not restricted.admit(p_household_key, p_month, 'flag_explanations') then
        return;
    end if;
    return query
    with

    facts as (
        select * from marts.fct_household_month
        where fct_household_month.month = p_month and fct_household_month.household_key = p_household_key
    ),

    signals as (
        select * from marts.fct_household_risk_signal
        where
            fct_household_risk_signal.month = p_month
            and fct_household_risk_signal.household_key = p_household_key
    ),

    rules as (
        select * from marts.dim_risk_rule
    ),

    -- A premium's subsidy depends on the member: the lists that the evidence shows them on.
    subsidised as (
        select distinct
            signals.rule_code,
            case deliveries.extract
                when 'extreme_poverty' then 'extreme_poverty'
                when 'allowances' then 'allowance'
                when 'members' then 'monitored'
            end as population_group
        from signals
        cross join lateral jsonb_array_elements(signals.evidence) as pieces (item)
        inner join ops.deliveries on deliveries.delivery_id = (pieces.item ->> 'delivery_id')::bigint
        where signals.rule_code = 'MED04'
    ),

    used as (
        select
            rules.rule_code,
            names.parameter,
            names.place,
            in_force.population_group,
            in_force.value,
            in_force.unit,
            in_force.division_code,
            in_force.valid_from,
            in_force.valid_to,
            in_force.source,
            in_force.is_default
        from facts
        cross join rules
        cross join lateral regexp_split_to_table(rules.parameters, ', *') with ordinality as names (parameter, place)
        left join marts.dim_parameter_month as in_force
            on
                in_force.month = p_month
                and in_force.village_code = facts.village_code
                and in_force.parameter = names.parameter
                and in_force.is_applicable
                and (
                    in_force.population_group in ('', 'scarce')
                    or in_force.population_group = case when facts.is_assisted then 'assisted' else 'other' end
                    or (
                        in_force.parameter = 'premium_subsidy_ratio'
                        and (
                            not exists (select from subsidised where subsidised.population_group is not null)
                            or in_force.population_group in (select subsidised.population_group from subsidised)
                        )
                    )
                )
    ),

    parameters_of as (
        select
            used.rule_code,
            jsonb_agg(
                (to_jsonb(used) - array['rule_code', 'place']) || jsonb_build_object(
                    'parameter_zh', ops.parameter_zh(used.parameter),
                    'division_name', divisions.division_name,
                    'is_missing', used.value is null
                )
                order by used.place, used.population_group
            ) as parameters,
            jsonb_object_agg('parameter.' || used.parameter, used.value) as figures,
            string_agg(distinct used.parameter, ', ') filter (where used.value is null) as missing,
            string_agg(distinct ops.parameter_zh(used.parameter), '、') filter (where used.value is null) as missing_zh
        from used
        left join marts.dim_division as divisions on divisions.division_code = rpad(used.division_code, 12, '0')
        group by used.rule_code
    ),

    policies_of as (
        select
            policies.rule_code,
            jsonb_agg(to_jsonb(policies) - 'rule_code' order by policies.policy_ref) as policies
        from marts.dim_policy_sentence as policies
        group by policies.rule_code
    ),

    needs_of as (
        select
            needed.rule_code,
            jsonb_agg(to_jsonb(needed) - array['month', 'rule_code'] order by needed.source, needed.extract) as needs,
            bool_and(needed.is_fresh) as is_ready,
            string_agg(
                needed.title_zh || coalesce(
                    '（数据日期' || needed.data_date || '，距月末' || needed.age_days || '天，超过' || needed.max_age_days || '天）',
                    '（当月没有可用的交付）'
                ), '、' order by needed.source, needed.extract
            ) filter (where not needed.is_fresh) as wanting_zh,
            string_agg(
                needed.title_en || coalesce(
                    ' (of ' || needed.data_date || ', ' || needed.age_days || ' days old at the month''s end, more than '
                    || needed.max_age_days || ')',
                    ' (nothing was delivered that counts)'
                ), ', ' order by needed.source, needed.extract
            ) filter (where not needed.is_fresh) as wanting_en
        from marts.dim_rule_need_month as needed
        where needed.month = p_month
        group by needed.rule_code
    ),

    judged as (
        select
            rules.*,
            coalesce(signals.state, 'clear') as state,
            signals.observed_value,
            signals.threshold_value,
            coalesce(signals.queued_candidate_count, 0) as queued_candidate_count,
            coalesce(jsonb_array_length(signals.evidence), 0) as evidence_count,
            facts.village_code,
            to_jsonb(facts) || jsonb_build_object(
                'observed', signals.observed_value, 'threshold', signals.threshold_value
            ) as figures
        from facts
        cross join rules
        left join signals on signals.rule_code = rules.rule_code
    )

    select
        judged.rule_code,
        judged.title_zh,
        judged.title_en,
        judged.severity,
        judged.state,
        case
            when judged.state = 'unknown' and not needs_of.is_ready
                then '缺少当月可用的名单：' || needs_of.wanting_zh || '。没有数据不等于安全。'
            when judged.state = 'unknown' and parameters_of.missing is not null
                then '参数“' || parameters_of.missing_zh || '”在月末没有有效值，也没有默认值。'
            else ops.filled_sentence(sentences.sentence_zh, coalesce(parameters_of.figures, '{}') || judged.figures)
        end as why_zh,
        case
            when judged.state = 'unknown' and not needs_of.is_ready
                then 'A list the rule cannot do without is wanting: ' || needs_of.wanting_en || '. No data is not safety.'
            when judged.state = 'unknown' and parameters_of.missing is not null
                then 'No value of ' || parameters_of.missing || ' holds on the month''s last day, and there is no default.'
            else ops.filled_sentence(sentences.sentence_en, coalesce(parameters_of.figures, '{}') || judged.figures)
        end as why_en,
        judged.observed_value::numeric,
        judged.threshold_value::numeric,
        coalesce(parameters_of.parameters, '[]') as parameters,
        coalesce(policies_of.policies, '[]') as policies,
        coalesce(needs_of.needs, '[]') as needs,
        judged.definition_zh,
        judged.definition_en,
        judged.queued_candidate_count,
        judged.evidence_count,
        judged.village_code
    from judged
    left join lateral (
        select known.sentence_zh, known.sentence_en
        from marts.dim_rule_sentence as known
        where
            known.rule_code = judged.rule_code
            and known.state = judged.state
            and (
                known.variant = ''
                or (known.variant = 'without_value' and judged.observed_value is null)
                or (known.variant = 'without_row' and judged.evidence_count = 0)
            )
        order by known.variant desc
        limit 1
    ) as sentences on true
    left join parameters_of on parameters_of.rule_code = judged.rule_code
    left join policies_of on policies_of.rule_code = judged.rule_code
    left join needs_of on needs_of.rule_code = judged.rule_code;
end
$$;
comment on function restricted.explained_flags(text, date) is 'The rules of one household and month, explained: what restricted.flag_explanations shows · 一户一月各规则的说明';

create or replace view restricted.flag_explanations with (security_barrier = true) as
with

published as (
    select distinct builds.month from ops.builds
    where builds.status = 'published'
)

select
    households.household_key,
    published.month,
    explained.*
from restricted.households
cross join published
cross join lateral restricted.explained_flags(households.household_key, published.month) as explained
where restricted.may_see_village(current_user, explained.village_code);
comment on view restricted.flag_explanations is 'Every rule of a household of the reader''s divisions, explained; name household_key and month; each read is logged. One row per household, published month and rule · 本辖区各户各规则的说明，查询时请指定户与月份，逐户记录查阅，每户每月每条规则一行';

comment on column restricted.flag_explanations.household_key is 'Pseudonym · 户假名';
comment on column restricted.flag_explanations.month is 'Month, first day · 月份首日';
comment on column restricted.flag_explanations.rule_code is 'Rule · 规则代码';
comment on column restricted.flag_explanations.title_zh is 'Name of the rule · 规则名称';
comment on column restricted.flag_explanations.title_en is 'Name in English · 规则名称（英文）';
comment on column restricted.flag_explanations.severity is 'red or yellow · 严重程度：红、黄';
comment on column restricted.flag_explanations.state is 'flagged, exempt, unknown or clear · 命中、豁免、未知、正常';
comment on column restricted.flag_explanations.why_zh is 'Why, in one sentence · 一句话原因';
comment on column restricted.flag_explanations.why_en is 'Why, in one sentence of English · 一句话原因（英文）';
comment on column restricted.flag_explanations.observed_value is 'What was seen; null where clear · 观测值，正常为空';
comment on column restricted.flag_explanations.threshold_value is 'What it was held against · 对照的标准值';
comment on column restricted.flag_explanations.parameters is 'The rows that gave the rule''s parameters their value in this village and month: parameter, parameter_zh, population_group, value, unit, division_code, division_name, valid_from, valid_to, source, is_default, is_missing · 所用参数及其出处';
comment on column restricted.flag_explanations.policies is 'The policy''s own sentences: policy_ref, document, issued_as, place, sentence · 政策原文及出处';
comment on column restricted.flag_explanations.needs is 'Lists the rule cannot do without: source, extract, is_fresh, data_date, age_days, max_age_days, delivery_ids · 规则必需的名单及其时效';
comment on column restricted.flag_explanations.definition_zh is 'The rule · 规则定义';
comment on column restricted.flag_explanations.definition_en is 'The rule, in English · 规则定义（英文）';
comment on column restricted.flag_explanations.queued_candidate_count is 'Queued records that may be about a member and matter to the rule: look at them first · 可能相关的待核记录数，应先核实';
comment on column restricted.flag_explanations.evidence_count is 'Pieces of evidence · 证据项数';
comment on column restricted.flag_explanations.village_code is 'Village in that month · 当月行政村代码';
