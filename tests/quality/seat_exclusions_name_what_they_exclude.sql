-- An exclusion names a seat, a person, an identity or a whole service, and ends after it begins.
select
    match_key,
    match_value,
    valid_from,
    valid_to
from {{ ref('seat_exclusions') }}
where
    (match_key = 'service') != (match_value is null)
    or (match_key = 'service' and service is null)
    or valid_to <= valid_from
