{{ config(indexes=[{'columns': ['household_key']}]) }}

{{ linked_rows('civil_affairs', 'disability_allowances', key=['citizen_id']) }}
