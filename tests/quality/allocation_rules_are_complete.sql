-- A rule that cannot do what it says: no shares, shares above 1, no metric, names that are unknown.
with rules as (
    select * from {{ ref('allocation_rules') }}
),

shares as (
    select
        *,
        coalesce(valid_from, date '1900-01-01') as starts_on,
        coalesce(valid_to, date '9999-12-31') as ends_on
    from {{ ref('allocation_shares') }}
),

metrics as (
    select * from {{ ref('allocation_metrics') }}
),

departments as (
    select distinct department_id from {{ ref('departments') }}
),

services as (
    select * from {{ ref('services') }}
),

starts as (
    select distinct
        rule_id,
        starts_on
    from shares
),

-- The shares in force on each day on which one of them starts.
sums as (
    select
        starts.rule_id,
        starts.starts_on,
        sum(shares.share) as share_sum
    from starts
    inner join shares
        on
            starts.rule_id = shares.rule_id
            and starts.starts_on >= shares.starts_on
            and starts.starts_on < shares.ends_on
    group by all
)

select
    rules.rule_id,
    'method fixed needs rows in allocation_shares' as problem
from rules
anti join shares on rules.rule_id = shares.rule_id
where rules.method = 'fixed'
union all
select
    rule_id,
    'shares add up to ' || share_sum || ' from ' || starts_on || ' on: at most 1' as problem
from sums
where share_sum > 1
union all
select
    rules.rule_id,
    'method metric needs a metric that allocation_metrics has' as problem
from rules
anti join metrics on rules.metric = metrics.metric
where rules.method = 'metric'
union all
select
    rules.rule_id,
    'unknown department ' || rules.department_id as problem
from rules
anti join departments on rules.department_id = departments.department_id
where rules.department_id is not null
union all
select
    rules.rule_id,
    'unknown service ' || rules.service as problem
from rules
anti join services on rules.service = services.service
where rules.service is not null
union all
select
    rule_id,
    'a share below 0' as problem
from shares
where share < 0
union all
select
    metric as rule_id,
    'a quantity below 0 in allocation_metrics' as problem
from metrics
where quantity < 0
