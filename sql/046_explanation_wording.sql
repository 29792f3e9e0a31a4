-- How an explanation words what it found: columns' letters, figures, sentences filled in, reasons in Chinese.

create or replace function ops.column_letters(p_position integer)
returns text
language sql immutable parallel safe strict
as $$
    select
        case when p_position >= 702 then chr(65 + (p_position - 702) / 676) else '' end
        || case when p_position >= 26 then chr(65 + (p_position - 26) / 26 % 26) else '' end
        || chr(65 + p_position % 26)
$$;
comment on function ops.column_letters(integer) is 'A spreadsheet''s letters of a column, counted from 0 · 电子表格列号（从0起）对应的字母';

create or replace function ops.figure(p_value text)
returns text
language sql immutable parallel safe
as $$
    select case
        when p_value is null then '–'
        when p_value ~ '^-?[0-9]+(\.[0-9]+)?$'
            then rtrim(to_char(round(p_value::numeric, 2), 'FM999,999,999,999,990.99'), '.')
        when p_value ~ '^[0-9]{4}-[0-9]{2}-01$' then left(p_value, 7)
        else p_value
    end
$$;
comment on function ops.figure(text) is 'A figure as people write it; – where there is none · 数值的书写形式，无值为“–”';

create or replace function ops.filled_sentence(p_sentence text, p_values jsonb)
returns text
language plpgsql immutable parallel safe
as $$
declare
    place text[];
    said text := p_sentence;
    value text;
begin
    for place in select regexp_matches(p_sentence, '\{([a-z0-9_.]+)(%?)\}', 'g') loop
        value := p_values ->> place[1];
        said := replace(
            said,
            '{' || place[1] || place[2] || '}',
            case
                when place[2] = '%' and value is not null then ops.figure((value::numeric * 100)::text) || '%'
                else ops.figure(value)
            end
        );
    end loop;
    return said;
end
$$;
comment on function ops.filled_sentence(text, jsonb) is 'A sentence of dim_rule_sentence with its figures · 填入数值的通俗说法';

create or replace function ops.link_reason_zh(p_reason text)
returns text
language sql immutable parallel safe strict
as $$
    select string_agg(coalesce(known.zh, reasons.en), '；' order by reasons.place)
    from regexp_split_to_table(p_reason, '; ') with ordinality as reasons (en, place)
    left join (
        values
        ('household number and name of a member', '户编号与成员姓名一致'),
        ('ID number and name', '证件号码与姓名一致'),
        ('first 17 digits of the ID number and name', '证件号码前17位与姓名一致'),
        ('name, birth date and village', '姓名、出生日期与行政村一致，且仅一人符合'),
        ('the department''s own number and name', '部门人员编号与姓名一致'),
        ('a person decided so', '经人工核定'),
        ('the ID number is this person''s', '证件号码是此人的'),
        ('name and village are this person''s', '姓名与行政村是此人的'),
        ('birth date and village are this person''s, the name is like it', '出生日期与行政村是此人的，姓名相近'),
        ('other records under this department number are this person''s', '该部门编号的其他记录是此人的')
    ) as known (en, zh) on known.en = reasons.en
$$;
comment on function ops.link_reason_zh(text) is 'Why a record was linked or queued, in Chinese · 匹配或待核理由的中文';

create or replace function ops.parameter_zh(p_parameter text)
returns text
language sql immutable parallel safe strict
as $$
    select coalesce(max(known.zh), p_parameter)
    from (
        values
        ('income_line', '监测线'),
        ('allowance_line', '低保标准'),
        ('out_of_pocket_year_to_date', '年度自付标准'),
        ('single_admission', '单次住院自付标准'),
        ('late_admission_months', '补报住院月数'),
        ('premium_standard', '个人缴费标准'),
        ('premium_subsidy_ratio', '参保资助比例'),
        ('compulsory_age_from', '义务教育起始年龄'),
        ('compulsory_age_to', '义务教育截止年龄'),
        ('compulsory_cutoff', '入学年龄截止日'),
        ('newborn_grace_days', '新生儿宽限天数'),
        ('tertiary_own_cost', '大学生自付费用标准'),
        ('income_drop_share', '收入骤减比例'),
        ('water_litres_minimum', '人均日供水量下限'),
        ('water_minutes_maximum', '取水往返时间上限'),
        ('water_shortage_days_maximum', '年缺水天数上限'),
        ('water_test_interval_days', '水质检测周期'),
        ('clearing_months_minimum', '风险消除最短月数')
    ) as known (parameter, zh)
    where known.parameter = p_parameter
$$;
comment on function ops.parameter_zh(text) is 'What a parameter is called in Chinese; its own name where it has none · 参数的中文名称，没有则为参数名本身';
