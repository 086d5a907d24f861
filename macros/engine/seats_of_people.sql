{#- A query: where a bill names the person instead of the seat, the seat that the person holds in the
    month, of several the one of the billed plan. A charge goes to one seat at most. `charges` has
    charge_id, service, month_start, x_user and x_plan_type; `seats` is seat_signals. -#}
{% macro seats_of_people(charges, seats) -%}
    select
        {{ charges }}.charge_id,
        arg_min(
            {{ seats }}.seat_id,
            (
                coalesce({{ seats }}.plan_type = {{ charges }}.x_plan_type, false) = false,
                {{ seats }}.seat_id
            )
        ) as seat_id
    from {{ charges }}
    inner join {{ seats }}
        on
            {{ charges }}.service = {{ seats }}.service
            and {{ charges }}.month_start = {{ seats }}.month_start
            and {{ charges }}.x_user = {{ seats }}.holder
    group by {{ charges }}.charge_id
{%- endmacro %}
