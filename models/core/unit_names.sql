{{ config(materialized='table') }}
{%- set times = 'Years|Months|Days|Hours|Minutes|Seconds|Milliseconds|Microseconds' %}
{%- set counted = '[KMGTPE]?i?[bB]|Count|Unit|Request|Token|Connection|Certificate|Domain|Core'
    ~ '|User|Seat' %}

with focus_lines as (
    select * from {{ ref('focus_lines') }}
),

unit_spellings as (
    select * from {{ ref('unit_spellings') }}
),

stated as (
    select distinct unnest([unit, pricing_unit, commitment_discount_unit]) as unit
    from focus_lines
),

-- Word by word; what stands between them stays.
pieces as (
    select
        unit,
        regexp_extract_all({{ unit_words('unit') }}, '[A-Za-z0-9]+|[^A-Za-z0-9]+') as words,
        unnest(words) as word,
        generate_subscripts(words, 1) as place
    from stated
    where unit is not null
),

spelled as (
    select
        pieces.unit,
        string_agg(
            coalesce(unit_spellings.focus_unit, pieces.word), '' order by pieces.place
        ) as words
    from pieces
    left join unit_spellings on pieces.word = unit_spellings.spelling
    group by pieces.unit
),

-- GB Hours and GiB.Months are GB-Hours and GiB-Months.
final as (
    select
        unit,
        regexp_replace(
            words, '(^|[-/]|[0-9] )((?:{{ counted }})s?)[ .]({{ times }})\b', '\1\2-\3', 'g'
        ) as focus_unit
    from spelled
)

select * from final
