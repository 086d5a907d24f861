{{ union_shape('outcomes', [
    'stg_outcomes__outcomes',
]) }}
