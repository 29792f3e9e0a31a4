{{ linked_rows('employment', 'workers', columns=['employment_form', 'is_public_welfare_job']) }}
