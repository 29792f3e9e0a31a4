{{ linked_rows(
    'education', 'students',
    columns=['education_level', 'study_form', 'aid_yuan', 'own_cost_yuan'],
    key=['citizen_id', 'school_name']
) }}
