{{ linked_rows('housing', 'dwellings', columns=['grade', 'is_only_dwelling', 'subsidy_yuan', 'accepted_on']) }}
