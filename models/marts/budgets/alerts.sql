with budget_status as (
    select * from {{ ref('budget_status') }}
),

anomalies as (
    select * from {{ ref('anomalies') }}
),

last_complete_day as (
    select * from {{ ref('last_complete_day') }}
),

-- A stage of a budget is told once: its key holds the verdict, and no figure that moves from day to
-- day.
budget_alerts as (
    select
        'budget' as alert_type,
        md5(concat_ws(chr(31), 'budget', budget_id, period_start, verdict)) as alert_key,
        case verdict
            when 'Over' then 'critical'
            when 'Forecast over' then 'warning'
            else 'notice'
        end as severity,
        coalesce(breach_date, as_of_date) as alert_date,
        scope_type,
        scope_value,
        billing_currency,
        actual_cost,
        amount as expected_cost,
        'Budget ' || budget_id || ': '
        || case verdict
            when 'Over' then 'spent'
            when 'Forecast over' then 'will be passed'
            else 'at risk'
        end as subject,
        coalesce(scope_value, 'All spend') || ' has '
        || cast(actual_cost as decimal(38, 2)) || ' of ' || cast(amount as decimal(38, 2)) || ' '
        || billing_currency || ' (' || period_start || ' to ' || period_end - 1 || '), '
        || cast(not_yet_invoiced as decimal(38, 2)) || ' of it not invoiced. Forecast: '
        || coalesce(cast(cast(forecast_cost as decimal(38, 2)) as varchar), 'none')
        || coalesce(
            ', between ' || cast(forecast_low as decimal(38, 2)) || ' and '
            || cast(forecast_high as decimal(38, 2)),
            ''
        )
        || coalesce(
            if(breach_kind = 'actual', '. Passed on ', '. It will be passed on ') || breach_date, ''
        ) || '.' as alert_text,
        'select billing_month, spend_day, pattern, billed_cost from budget_spend '
        || 'where budget_id = ''' || replace(budget_id, '''', '''''')
        || ''' and billing_currency = ''' || billing_currency
        || ''' and billing_month >= date ''' || period_start || ''' and billing_month < date '''
        || period_end || ''' order by spend_day' as evidence_query
    from budget_status
    where verdict in ('Over', 'Forecast over', 'At risk')
),

anomaly_alerts as (
    select
        'anomaly' as alert_type,
        anomalies.anomaly_id as alert_key,
        if(anomalies.verdict = 'Unusually high', 'warning', 'notice') as severity,
        anomalies.charge_day as alert_date,
        anomalies.scope_type,
        anomalies.scope_value,
        anomalies.billing_currency,
        anomalies.effective_cost as actual_cost,
        anomalies.median_cost as expected_cost,
        anomalies.verdict || ': ' || anomalies.scope_type || ' ' || anomalies.scope_value || ' on '
        || anomalies.charge_day as subject,
        anomalies.scope_value || ' cost ' || cast(anomalies.effective_cost as decimal(38, 2)) || ' '
        || anomalies.billing_currency || ' on ' || anomalies.charge_day || ', usually '
        || cast(anomalies.median_cost as decimal(38, 2)) || '.'
        || coalesce(' Service: ' || anomalies.driver_service_name || '.', '')
        || coalesce(' Model: ' || anomalies.driver_ai_model || '.', '')
        || coalesce(' Person: ' || anomalies.driver_user_pseudonym || '.', '')
        || case anomalies.driver_kind
            when 'volume' then ' By the number of tokens.'
            when 'price' then ' By dearer or cheaper tokens.'
            else ''
        end as alert_text,
        'select service_name, x_department, x_feature, x_ai_model, x_user, sum(effective_cost) as '
        || 'effective_cost from charge where charge_category = ''Usage'' and charge_class is null '
        || 'and charge_period_end <= charge_period_start + interval ''1 day'' '
        || 'and cast(charge_period_start as date) = date ''' || anomalies.charge_day
        || ''' and billing_currency = ''' || anomalies.billing_currency || ''' and '
        || case anomalies.scope_type
            when 'service' then 'service_name'
            when 'department' then 'x_department'
            else 'coalesce(x_feature, ''(no feature)'')'
        end
        || ' = ''' || replace(anomalies.scope_value, '''', '''''')
        || ''' group by all order by effective_cost desc' as evidence_query
    from anomalies
    cross join last_complete_day
    where
        anomalies.charge_day > last_complete_day.last_complete_day - {{ var('alert_days') | int }}
        and abs(anomalies.deviation) >= cast('{{ var("alert_minimum") }}' as {{ money_type() }})
),

final as (
    select
        alert_key,
        alert_type,
        severity,
        alert_date,
        scope_type,
        scope_value,
        billing_currency,
        actual_cost,
        expected_cost,
        subject,
        alert_text,
        evidence_query
    from budget_alerts
    union all
    select
        alert_key,
        alert_type,
        severity,
        alert_date,
        scope_type,
        scope_value,
        billing_currency,
        actual_cost,
        expected_cost,
        subject,
        alert_text,
        evidence_query
    from anomaly_alerts
)

select * from final
