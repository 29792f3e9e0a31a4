{{ linked_rows('civil_affairs', 'extreme_poverty') }}
