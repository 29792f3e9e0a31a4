{# The rules in the order of the catalogue; `assert_catalogue_lists_every_rule` holds the two together. #}
{% macro rule_codes() -%}
    {{ return([
        'EDU01', 'EDU02', 'EDU03', 'MED01', 'MED02', 'MED03', 'MED04', 'HOU01', 'HOU02', 'WAT01',
        'WAT02', 'CIV01', 'CIV02', 'CIV04', 'INC01', 'INC02', 'INC03', 'LAB01', 'MON02', 'MON03',
    ]) }}
{%- endmacro %}
