-- Seats of a service that no rule prorates would have no share of the month, and no cost.
select distinct service
from {{ ref('seats') }}
where service not in (select service from {{ ref('seat_rules') }})
