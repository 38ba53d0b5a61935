def train(model, setting):
    epochs, rate = SETTINGS[setting]
    optimizer = tf.keras.optimizers.Adam(rate)
    loss_of = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    @tf.function
    def step(inputs, labels):
        with tf.GradientTape() as tape:
            loss = loss_of(labels, model(inputs, training=True).logits)
        optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_weights), model.trainable_weights))
        return loss

    rows = tf.data.Dataset.from_tensor_slices((train_inputs, train_labels)).shuffle(1000)
    for epoch in range(epochs):
        losses = [
            float(step(inputs, labels)) for inputs, labels in rows.batch(BATCH_SIZE, drop_remainder=True)
        ]
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.3f}")
    return model
