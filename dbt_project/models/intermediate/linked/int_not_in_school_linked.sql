{{ linked_rows('education', 'not_in_school', columns=['reason'], key=['citizen_id']) }}
