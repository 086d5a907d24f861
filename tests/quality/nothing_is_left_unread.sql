{{ config(severity='warn') }}

-- Columns or fields that no reader knows, and what else readers say of records that count, such as
-- money that stands elsewhere. Look whether it is money or tokens before trusting the totals.
select
    source_file,
    notice,
    record_count
from {{ ref('notices') }}
