-- A record is accepted, or it says why not; and no file that was read lost its records unseen.
select
    source_dataset,
    source_file,
    source_line,
    record_status,
    problem
from {{ ref('landing_records') }}
where
    record_status is null
    or record_status not in ('accepted', 'duplicate', 'superseded', 'quarantined')
    or (record_status = 'accepted') != (problem is null)
