{{ union_shape('outcomes', [
]) }}
