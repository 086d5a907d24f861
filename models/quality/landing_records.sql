{{ union_shape('records', record_models()) }}
