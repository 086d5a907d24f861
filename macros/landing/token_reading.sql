{#- How a record's token counts relate: the one place that decides it, for all readers of logs.

    Emitters name the same counts and mean different things by them: the input may hold what was read
    from the cache or not, the output the reasoning or not, and so on. A reading says which parts
    stand beside their whole; it is a sum of the numbers in reading_bits, 0 when each part lies inside
    its whole. Of the readings that leave no count below zero the first of these is taken:

    1. one whose parts add up to the stated total: certain
    2. the known habit of the emitter or of its version: known
    3. what the format documents (known) or is usual for it (assumed)

    A stated total that no reading explains is a contradiction: the counts are taken by 2 or 3, and
    the difference is in no class. -#}

{#- The number of each part that may stand beside its whole. -#}
{% macro reading_bits() -%}
    {{ return({
        'reads': 1, 'writes': 2, 'reasoning': 4, 'input_media': 8, 'output_media': 16,
    }) }}
{%- endmacro %}

{#- The reading in which these parts stand beside their whole and all others inside. -#}
{% macro beside(parts) -%}
    {%- set bits = reading_bits() -%}
    {%- set found = namespace(sum=0) -%}
    {%- for part in parts %}{%- set found.sum = found.sum + bits[part] %}{%- endfor -%}
    {{ return(found.sum) }}
{%- endmacro %}

{#- Whether a part stands beside its whole (SQL), in a reading that may be a number or SQL. -#}
{% macro is_beside(part, reading='reading') -%}
    {%- set bit = reading_bits()[part] -%}
    {%- if reading is number -%}
        {{ 'true' if (reading // bit) % 2 == 1 else 'false' }}
    {%- else -%}
        (({{ reading }}) & {{ bit }} > 0)
    {%- endif -%}
{%- endmacro %}

{#- What the parts of a record add to its input and output, and whether a reading can be. -#}
{% macro reading_adds(reading) -%}
    {%- set parts = {
        'reads': 'n_read', 'writes': 'n_written', 'reasoning': 'n_reasoning',
        'input_media': 'n_input_media', 'output_media': 'n_output_media',
    } -%}
    {%- set terms = [] -%}
    {%- for part, column in parts.items() -%}
        {%- if reading is not number -%}
            {%- do terms.append('if(' ~ is_beside(part, reading) ~ ', ' ~ column ~ ', 0)') -%}
        {%- elif is_beside(part, reading) == 'true' -%}
            {%- do terms.append(column) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ terms | join(' + ') if terms else '0' }}
{%- endmacro %}

{% macro reading_can_be(reading, media_may_change) -%}
    {%- set wholes = {
        'n_input': {'reads': 'n_read', 'writes': 'n_written'}, 'n_output': {'reasoning': 'n_reasoning'},
    } -%}
    {%- if media_may_change -%}
        {%- do wholes['n_input'].update({'input_media': 'n_input_media'}) -%}
        {%- do wholes['n_output'].update({'output_media': 'n_output_media'}) -%}
    {%- endif -%}
    {%- set conditions = [] -%}
    {%- for whole, parts in wholes.items() -%}
        {%- set terms = [] -%}
        {%- for part, column in parts.items() -%}
            {%- if reading is not number -%}
                {%- do terms.append('if(' ~ is_beside(part, reading) ~ ', 0, ' ~ column ~ ')') -%}
            {%- elif is_beside(part, reading) == 'false' -%}
                {%- do terms.append(column) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if terms -%}{%- do conditions.append(terms | join(' + ') ~ ' <= ' ~ whole) -%}{%- endif -%}
    {%- endfor -%}
    ({{ conditions | join(' and ') if conditions else 'true' }})
{%- endmacro %}

{#- All readings that a format may turn out to have, the usual one first: a list of numbers. -#}
{% macro readings_of(usual, may_change) -%}
    {%- set caches = [[], ['writes'], ['reads', 'writes'], ['reads']] -%}
    {%- set others = [[]] -%}
    {%- for part in ['reasoning', 'output_media', 'input_media'] if part in may_change -%}
        {%- for found in others | list %}{%- do others.append(found + [part]) %}{%- endfor -%}
    {%- endfor -%}
    {%- set bits = reading_bits() -%}
    {%- set readings = [] -%}
    {%- for other in others -%}
        {%- for cache in caches if cache | reject('in', may_change) | list | length == 0 -%}
            {%- set beside_parts = [] -%}
            {%- for part in bits if (part in usual) != (part in other + cache) -%}
                {%- do beside_parts.append(part) -%}
            {%- endfor -%}
            {%- do readings.append(beside(beside_parts)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(readings) }}
{%- endmacro %}

{#- Records with their counts in disjoint classes: the rows of `records`, and

    input_tokens, input_audio_tokens, input_image_tokens, input_video_tokens, cache_read_tokens,
    cache_read_audio_tokens, cache_read_image_tokens, cache_read_video_tokens,
    cache_write_5m_tokens, cache_write_1h_tokens, output_tokens (reasoning inside),
    output_audio_tokens, output_image_tokens, output_video_tokens, their sums context_tokens and
    all_tokens, and reading, reading_certainty, unexplained_tokens and reading_notice.

    counts  what the source counts: column by name (input, output, cache_read, cache_write (all of
            them, or those without a lifetime), cache_write_5m, cache_write_1h, reasoning,
            tool_input (always beside the input), input_audio, ..., input_other, output_other
            (parts that are no class of their own), total)
    usual   parts that usually stand beside their whole in this format
    may_change  parts for which that differs by emitter
    habit   reading that the emitter is known for, SQL; null where none is known
    empty_total  SQL, true where the stated total is a sum that the emitter makes without regard
            to what the counts hold, so that it proves nothing
    is_documented  the format itself says how its counts relate
    cached_media  whether the cached audio, image and video are parts of cache_read or beside it -#}
{% macro token_reading(
    records, counts, usual=[], may_change=[], habit=none, empty_total=none, is_documented=false,
    cached_media='inside', may_lack_cache=false
) -%}
    {%- set media = ['audio', 'image', 'video'] -%}
    {%- set readings = readings_of(usual, may_change) -%}
    {%- set media_may_change = 'input_media' in may_change -%}
    {%- set plain = {} -%}
    {%- for name in [
        'input', 'output', 'cache_read', 'cache_write', 'cache_write_5m', 'cache_write_1h',
        'reasoning', 'tool_input', 'input_other', 'output_other', 'total',
        'input_audio', 'input_image', 'input_video', 'output_audio', 'output_image',
        'output_video', 'cache_read_audio', 'cache_read_image', 'cache_read_video',
    ] -%}
        {%- do plain.update({name: 'coalesce(' ~ counts[name] ~ ', 0)' if name in counts else '0'}) -%}
    {%- endfor -%}
    {%- set numbers = [
        'n_input', 'n_tool', 'n_cached_audio', 'n_cached_image', 'n_cached_video', 'n_read',
        'n_written', 'n_written_1h', 'n_audio_in', 'n_image_in', 'n_video_in', 'n_other_in',
        'n_input_media', 'n_output', 'n_reasoning', 'n_audio_out', 'n_image_out', 'n_video_out',
        'n_other_out', 'n_output_media', 'n_total', 'n_gap', 'n_is_told', 'n_habit', 'n_by_total',
        'n_lacks_cache', 'n_plain', 'n_whole_output',
    ] -%}
    select
        * exclude ({{ numbers | join(', ') }}),
        {%- for kind in ['audio', 'image', 'video'] %}
            {%- set before = {
                'audio': '', 'image': ' - input_audio_tokens',
                'video': ' - input_audio_tokens - input_image_tokens',
            }[kind] %}
            if(
                {{ is_beside('input_media') }}, n_{{ kind }}_in,
                least(n_{{ kind }}_in, n_plain{{ before }})
            ) as input_{{ kind }}_tokens,
        {%- endfor %}
        n_tool + n_plain + if(
            {{ is_beside('input_media') }},
            n_other_in,
            - input_audio_tokens - input_image_tokens - input_video_tokens
        ) as input_tokens,
        n_cached_audio as cache_read_audio_tokens,
        n_cached_image as cache_read_image_tokens,
        n_cached_video as cache_read_video_tokens,
        n_read - n_cached_audio - n_cached_image - n_cached_video as cache_read_tokens,
        n_written - n_written_1h as cache_write_5m_tokens,
        n_written_1h as cache_write_1h_tokens,
        {%- for kind in ['audio', 'image', 'video'] %}
            {%- set before = {
                'audio': '', 'image': ' - output_audio_tokens',
                'video': ' - output_audio_tokens - output_image_tokens',
            }[kind] %}
            if(
                {{ is_beside('output_media') }}, n_{{ kind }}_out,
                least(n_{{ kind }}_out, n_output{{ before }})
            ) as output_{{ kind }}_tokens,
        {%- endfor %}
        n_whole_output + if(
            {{ is_beside('output_media') }},
            n_other_out,
            - output_audio_tokens - output_image_tokens - output_video_tokens
        ) as output_tokens,
        input_tokens + input_audio_tokens + input_image_tokens + input_video_tokens + n_read
        + n_written as context_tokens,
        context_tokens + output_tokens + output_audio_tokens + output_image_tokens
        + output_video_tokens as all_tokens,
        case
            when n_lacks_cache then 'assumed'
            when n_by_total is not null then 'certain'
            when n_is_told then 'contradictory'
            when
                n_read + n_written + n_reasoning
                {{- ' + n_input_media + n_output_media' if media_may_change }} = 0
                then 'certain'
            when reading = {{ readings[0] if is_documented else 'n_habit' }} then 'known'
            else 'assumed'
        end as reading_certainty,
        if(reading_certainty = 'contradictory', n_total - all_tokens, null) as unexplained_tokens,
        case
            when n_lacks_cache
                then
                    'its total shows that cached tokens were taken from an input that did not '
                    || 'hold them: they are added again'
            when unexplained_tokens != 0
                then 'its total is ' || n_total || ' tokens, its parts are ' || all_tokens
        end as reading_notice
    from (
        select
            *,
            n_input
            + if(n_lacks_cache, n_read + n_written, 0)
            - if({{ is_beside('reads') }}, 0, n_read)
            - if({{ is_beside('writes') }}, 0, n_written) as n_plain,
            n_output + if({{ is_beside('reasoning') }}, n_reasoning, 0) as n_whole_output
        from (
            select
                *,
                n_total - n_input - n_output - n_tool as n_gap,
                n_total > 0
                {%- if empty_total is not none %} and not coalesce({{ empty_total }}, false){% endif %}
                    as n_is_told,
                {{ habit if habit is not none else 'cast(null as integer)' }} as n_habit,
                case
                    when not n_is_told then null
                    {%- if habit is not none %}
                        when
                            n_habit is not null
                            and n_gap = {{ reading_adds('n_habit') }}
                            and {{ reading_can_be('n_habit', media_may_change) }}
                            then n_habit
                    {%- endif %}
                    {%- for reading in readings %}
                        when
                            n_gap = {{ reading_adds(reading) }}
                            and {{ reading_can_be(reading, media_may_change) }}
                            then {{ reading }}
                    {%- endfor %}
                end as n_by_total,
                {% if may_lack_cache -%}
                    n_is_told
                    and n_by_total is null
                    and n_read + n_written > 0
                    and n_gap - {{ reading_adds(readings[0]) }} = n_read + n_written
                {%- else -%}
                    false
                {%- endif %} as n_lacks_cache,
                case
                    when n_by_total is not null then n_by_total
                    {%- if habit is not none %}
                        when
                            n_habit is not null
                            and {{ reading_can_be('n_habit', media_may_change) }}
                            then n_habit
                    {%- endif %}
                    {%- for reading in readings %}
                        when {{ reading_can_be(reading, media_may_change) }} then {{ reading }}
                    {%- endfor %}
                    else {{ readings[0] }}
                end as reading
            from (
                select
                    *,
                    {{ plain.input }} as n_input,
                    {{ plain.tool_input }} as n_tool,
                    {%- if cached_media == 'beside' %}
                        {%- for kind in media %}
                            {{ plain['cache_read_' ~ kind] }} as n_cached_{{ kind }},
                        {%- endfor %}
                        {{ plain.cache_read }} + n_cached_audio + n_cached_image + n_cached_video
                            as n_read,
                    {%- else %}
                        {{ plain.cache_read }} as n_read,
                        least({{ plain.cache_read_audio }}, n_read) as n_cached_audio,
                        least({{ plain.cache_read_image }}, n_read - n_cached_audio)
                            as n_cached_image,
                        least({{ plain.cache_read_video }}, n_read - n_cached_audio - n_cached_image)
                            as n_cached_video,
                    {%- endif %}
                    greatest(
                        {{ plain.cache_write }},
                        {{ plain.cache_write_5m }} + {{ plain.cache_write_1h }}
                    ) as n_written,
                    {{ plain.cache_write_1h }} as n_written_1h,
                    {%- for kind in media %}
                        {% if cached_media == 'beside' -%}
                            {{ plain['input_' ~ kind] }}
                        {%- else -%}
                            greatest(
                                {{ plain['input_' ~ kind] }} - {{ plain['cache_read_' ~ kind] }}, 0
                            )
                        {%- endif %} as n_{{ kind }}_in,
                        {{ plain['output_' ~ kind] }} as n_{{ kind }}_out,
                    {%- endfor %}
                    {{ plain.input_other }} as n_other_in,
                    n_audio_in + n_image_in + n_video_in + n_other_in as n_input_media,
                    {{ plain.output }} as n_output,
                    {{ plain.reasoning }} as n_reasoning,
                    {{ plain.output_other }} as n_other_out,
                    n_audio_out + n_image_out + n_video_out + n_other_out as n_output_media,
                    {{ plain.total }} as n_total
                from {{ records }}
            )
        )
    )
{%- endmacro %}
