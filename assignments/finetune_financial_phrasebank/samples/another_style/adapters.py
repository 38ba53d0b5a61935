RANK = 8
lora = new_model()
lora.load_weights("head.h5")
lora.trainable = False
lora.trainable = True
for layer in lora.submodules:
    if (
        isinstance(layer, (tf.keras.layers.Dense, tf.keras.layers.LayerNormalization))
        or "Embeddings" in type(layer).__name__
    ):
        layer.trainable = False


def detour(dense):
    """Replace the call of a dense layer; the layer itself stays where it is."""
    rows, columns = dense.kernel.shape
    a = tf.Variable(tf.random.normal((rows, RANK), stddev=0.02))
    b = tf.Variable(tf.zeros((RANK, columns)))
    plain = dense.call
    dense.call = lambda inputs: plain(inputs) + (inputs @ a) @ b
    return [a, b]


pairs = []
for block in lora.distilbert.transformer.layer:
    for dense in (block.ffn.lin1, block.ffn.lin2):
        pairs.append(detour(dense))
        # Keras trains what a layer that is not frozen tracks.
        block.ffn._trainable_weights.extend(pairs[-1])
print(len(lora.trainable_weights), "arrays to train")
