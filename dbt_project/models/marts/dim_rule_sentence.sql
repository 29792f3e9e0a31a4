{{ config(materialized='table', indexes=[{'columns': ['rule_code', 'state', 'variant'], 'unique': true}]) }}

select
    rule_code,
    state,
    coalesce(variant, '') as variant,
    sentence_zh,
    sentence_en
from {{ ref('rule_sentences') }}
