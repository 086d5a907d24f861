-- Seats of a service that no rule prorates would have no share of the month, and no cost.
select distinct seats.service
from {{ ref('seats') }} as seats
left join {{ ref('seat_rules') }} as seat_rules on seats.service = seat_rules.service
where seat_rules.service is null
