{#- Join condition: a row of the seed seat_exclusions, called `exclusions`, that holds for a seat on the
    day on which it is judged. `seats` has service, seat_id, user_id, holder and judged_on. -#}
{% macro exclusion_condition(seats) -%}
    coalesce({{ seats }}.service = exclusions.service, true)
    and {{ seats }}.judged_on >= exclusions.valid_from
    and {{ seats }}.judged_on < exclusions.valid_to
    and case exclusions.match_key
        when 'seat' then {{ seats }}.seat_id = exclusions.match_value
        when 'identity' then {{ seats }}.user_id = {{ pseudonym('exclusions.match_value') }}
        when 'person' then {{ seats }}.holder = {{ pseudonym('exclusions.match_value') }}
        when 'service' then true
    end
{%- endmacro %}
