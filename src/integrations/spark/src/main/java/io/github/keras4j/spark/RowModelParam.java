package io.github.keras4j.spark;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.UncheckedIOException;
import java.util.Base64;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.util.Identifiable;

/** A parameter that is a model: in files it is Java's serialized form, in Base64. */
final class RowModelParam extends Param<RowModel> {
  private static final long serialVersionUID = 1L;

  RowModelParam(Identifiable parent) {
    super(parent, "model", "the model of a row");
  }

  @Override
  public String jsonEncode(RowModel value) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return '"' + Base64.getEncoder().encodeToString(bytes.toByteArray()) + '"';
  }

  @Override
  public RowModel jsonDecode(String json) {
    byte[] bytes = Base64.getDecoder().decode(json.substring(1, json.length() - 1));
    try (ObjectInputStream in = new In(bytes)) {
      return (RowModel) in.readObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ClassNotFoundException e) {
      throw new IllegalArgumentException(
          "the class of the saved model must be on the class path, got none named "
              + e.getMessage(),
          e);
    }
  }

  /** Finds classes of the jars that spark-submit and the shell were given, too. */
  private static final class In extends ObjectInputStream {
    In(byte[] bytes) throws IOException {
      super(new ByteArrayInputStream(bytes));
    }

    @Override
    protected Class<?> resolveClass(ObjectStreamClass described)
        throws IOException, ClassNotFoundException {
      ClassLoader loader = Thread.currentThread().getContextClassLoader();
      try {
        return Class.forName(described.getName(), false, loader);
      } catch (ClassNotFoundException e) {
        return super.resolveClass(described);
      }
    }
  }
}
