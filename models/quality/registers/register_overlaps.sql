{#- What names one thing: two rows of it that hold on one day contradict each other. -#}
{%- set dated = {
    'people': ('organisation', ['person_id']),
    'departments': ('organisation', ['department_id']),
    'projects': ('organisation', ['project_code']),
    'seat_contracts': ('prices', ['service', 'account_id', 'plan']),
    'contract_prices': ('prices', ['provider', 'model_id', 'meter', 'service_tier']),
    'billed_through': ('organisation', ['service', 'account_id', 'charge_kind']),
    'attribution_rules': (
        'organisation', ['source_dataset', 'match_key', 'match_value', 'rule_order']
    ),
} -%}

with identities as (
    {{ register_rows('organisation', 'identities') }}
),
{% for name, (folder, keys) in dated.items() %}
    {{ name }} as (
        {{ register_rows(folder, name) }}
    ),
{% endfor %}
final as (
    {%- for name, (folder, keys) in dated.items() %}
        select
            one.register,
            one.line,
            'overlaps line ' || string_agg(other.line, ', ' order by other.line) as problem
        from {{ name }} as one
        inner join {{ name }} as other
            on
                one.line != other.line
                {%- for key in keys %}
                    and one.{{ key }} is not distinct from other.{{ key }}
                {%- endfor %}
                and {{ times_meet('one', 'other') }}
        group by one.register, one.line
        union all
    {%- endfor %}
    -- One name of two people; gateways and vendors may each have their own.
    select
        one.register,
        one.line,
        'ties with line ' || string_agg(other.line, ', ' order by other.line) as problem
    from identities as one
    inner join identities as other
        on
            lower(one.identity) = lower(other.identity)
            and one.person_id != other.person_id
            and (one.identity_type = 'gateway_user') = (other.identity_type = 'gateway_user')
    group by one.register, one.line
)

select * from final
