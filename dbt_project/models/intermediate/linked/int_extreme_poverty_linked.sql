{{ config(indexes=[{'columns': ['household_key']}]) }}

{{ linked_rows('civil_affairs', 'extreme_poverty') }}
