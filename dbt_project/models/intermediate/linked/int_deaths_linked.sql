{{ linked_rows('civil_affairs', 'deaths', columns=['died_on'], key=['citizen_id', 'died_on']) }}
