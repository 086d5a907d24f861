{{ config(severity='warn') }}

-- Columns or fields that no reader knows: the records count, but a vendor has added something. Look
-- whether it is money or tokens before trusting the totals.
select
    source_file,
    notice,
    record_count
from {{ ref('notices') }}
