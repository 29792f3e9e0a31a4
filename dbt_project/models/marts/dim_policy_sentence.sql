{{ config(materialized='table', indexes=[{'columns': ['rule_code', 'policy_ref'], 'unique': true}]) }}

select
    sentences.rule_code,
    sentences.policy_ref,
    documents.title_zh as document_zh,
    documents.title_en as document_en,
    documents.issued_as,
    sentences.place_zh,
    sentences.place_en,
    sentences.sentence_zh,
    sentences.sentence_en
from {{ ref('policy_sentences') }} as sentences
inner join {{ ref('policy_documents') }} as documents using (plan)
