{{ config(materialized='table', indexes=[{'columns': ['rule_code', 'state'], 'unique': true}]) }}

select
    rule_code,
    state,
    sentence_zh,
    sentence_en
from {{ ref('rule_sentences') }}
