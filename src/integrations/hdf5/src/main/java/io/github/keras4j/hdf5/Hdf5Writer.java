package io.github.keras4j.hdf5;

import io.github.keras4j.hdf5.Hdf5.Attribute;
import io.github.keras4j.hdf5.Hdf5.Dataset;
import io.github.keras4j.hdf5.Hdf5.Dataset.Kind;
import io.github.keras4j.hdf5.Hdf5.Group;
import io.github.keras4j.hdf5.Hdf5.Node;
import io.github.keras4j.hdf5.Hdf5.Numbers;
import io.github.keras4j.hdf5.Hdf5.Strings;
import io.github.keras4j.hdf5.Hdf5.Unread;
import io.github.keras4j.optimizers.storage.AtomicFile;
import io.github.keras4j.optimizers.text.Text;
import io.jhdf.BufferBuilder;
import io.jhdf.ObjectHeader.ObjectHeaderV2;
import io.jhdf.Superblock.SuperblockV2V3;
import io.jhdf.api.WritableAttributeImpl;
import io.jhdf.exceptions.HdfException;
import io.jhdf.object.datatype.DataType;
import io.jhdf.object.datatype.EnumDataType;
import io.jhdf.object.datatype.FixedPoint;
import io.jhdf.object.message.AttributeInfoMessage;
import io.jhdf.object.message.AttributeMessage;
import io.jhdf.object.message.DataLayoutMessage.ContiguousDataLayoutMessage;
import io.jhdf.object.message.DataSpace;
import io.jhdf.object.message.DataSpaceMessage;
import io.jhdf.object.message.DataTypeMessage;
import io.jhdf.object.message.FillValueMessage;
import io.jhdf.object.message.GroupInfoMessage;
import io.jhdf.object.message.LinkInfoMessage;
import io.jhdf.object.message.LinkMessage;
import io.jhdf.object.message.Message;
import io.jhdf.storage.HdfBackingStorage;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes an HDF5 file: the superblock, each object with what it holds behind it, and at the end the
 * strings of any length.
 *
 * <p>Made of jHDF's messages, not of its writable files: those write no strings of more than 64
 * KiB, as the configuration of many a model is, and lose the order of children.
 */
final class Hdf5Writer {
  private static final int ROOT = 64; // where jHDF's superblock says it is
  private static final int MAX_NAME_BYTES = 255;
  private static final int MAX_MESSAGE_BYTES = 65_535;
  private static final int HEAP_BYTES = 4096;
  private static final int MAX_HEAP_OBJECTS = 65_535;

  private final SuperblockV2V3 superblock = new SuperblockV2V3();
  private final ByteArrayOutputStream heaps = new ByteArrayOutputStream();

  /** Where what is in each group begins, which is found out before anything is written. */
  private final Map<Group, Map<String, Long>> links;

  private final long heapsAddress;
  private final OutputStream out;
  private long written;

  private Hdf5Writer(Map<Group, Map<String, Long>> links, long heapsAddress, OutputStream out) {
    this.links = links;
    this.heapsAddress = heapsAddress;
    this.out = out;
  }

  /** A file that holds a tree, of which it has been seen that it can be written. */
  static AtomicFile.Content write(Group root) throws IOException {
    try {
      Map<Group, Map<String, Long>> links = new IdentityHashMap<>();
      Hdf5Writer sizes = new Hdf5Writer(links, 0, null);
      long end = sizes.write(root, ROOT);
      long length = end + sizes.heaps.size();
      return out -> {
        OutputStream buffered = new BufferedOutputStream(out, Bytes.PIECE);
        Hdf5Writer writer = new Hdf5Writer(links, end, buffered);
        writer.put(writer.superblock.toBuffer(length), 0);
        writer.write(root, ROOT);
        writer.put(ByteBuffer.wrap(writer.heaps.toByteArray()), end);
        buffered.flush();
      };
    } catch (HdfException e) { // of a type that jHDF can but read
      throw new IOException("holds what cannot be written: " + Text.quote(e.getMessage()), e);
    }
  }

  /** Writes what comes next in the file; nothing while only lengths are to be found. */
  private void put(ByteBuffer bytes, long address) throws IOException {
    put(Bytes.of(bytes), address);
  }

  private void put(Bytes bytes, long address) throws IOException {
    if (out != null) {
      for (; written < address; written++) {
        out.write(0);
      }
      bytes.writeTo(out);
      written += bytes.size();
    }
  }

  private static long align(long address) {
    return (address + 7) / 8 * 8;
  }

  // ---- Objects --------------------------------------------------------------------------------

  /** Writes an object and all below it, and returns where they end. */
  private long write(Node node, long address) throws IOException {
    if (node instanceof Unread unread) {
      throw new IOException("holds what cannot be written: an array " + unread.why());
    }
    List<Message> messages = new ArrayList<>();
    for (Map.Entry<String, Attribute> attribute : node.attributes().entrySet()) {
      messages.add(message(attribute.getKey(), attribute.getValue()));
    }
    if (!messages.isEmpty()) {
      messages.add(0, AttributeInfoMessage.create());
    }
    return node instanceof Group group
        ? writeGroup(group, messages, address)
        : writeDataset((Dataset) node, messages, address);
  }

  private long writeGroup(Group group, List<Message> attributes, long address) throws IOException {
    Map<String, Long> places = links.computeIfAbsent(group, one -> new LinkedHashMap<>());
    group.children().keySet().forEach(name -> places.putIfAbsent(name, 0L));
    ByteBuffer header = header(places, attributes, address);
    long end = align(address + header.remaining());
    put(header, address);
    for (Map.Entry<String, Node> child : group.children().entrySet()) {
      places.put(child.getKey(), end);
      end = write(child.getValue(), end);
    }
    return end;
  }

  private static ByteBuffer header(Map<String, Long> links, List<Message> attributes, long address)
      throws IOException {
    List<Message> messages = new ArrayList<>();
    messages.add(GroupInfoMessage.createBasic());
    messages.add(LinkInfoMessage.createBasic());
    for (Map.Entry<String, Long> link : links.entrySet()) {
      if (link.getKey().getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
        throw new IOException(
            "has a name of more than 255 bytes, which cannot be written: "
                + Text.quote(link.getKey()));
      }
      messages.add(LinkMessage.create(link.getKey(), link.getValue()));
    }
    messages.addAll(attributes);
    return new ObjectHeaderV2(address, messages).toBuffer();
  }

  private long writeDataset(Dataset dataset, List<Message> attributes, long address)
      throws IOException {
    long size = dataset.data().size();
    long at = align(address + header(dataset, attributes, 0, size).remaining());
    put(header(dataset, attributes, size == 0 ? -1 : at, size), address);
    put(dataset.data(), at);
    return align(at + size);
  }

  private ByteBuffer header(Dataset dataset, List<Message> attributes, long at, long size) {
    List<Message> messages = new ArrayList<>();
    messages.add(DataTypeMessage.create(type(dataset)));
    messages.add(DataSpaceMessage.create(space(dataset.shape())));
    messages.add(FillValueMessage.NO_FILL);
    messages.add(ContiguousDataLayoutMessage.create(at, size));
    messages.addAll(attributes);
    return new ObjectHeaderV2(at, messages).toBuffer();
  }

  /** The type for the file, of those that jHDF can only read, too. */
  private static DataType type(Dataset dataset) {
    DataType type = dataset.type();
    BufferBuilder written = new BufferBuilder();
    if (dataset.kind() == Kind.BFLOAT16) {
      written.writeByte(0x15).writeByte(8).writeShort(0).writeInt(2).writeLong(0); // no tag
    } else if (type instanceof EnumDataType booleans && booleans.getSize() == 1) {
      Map<Integer, String> names = booleans.getEnumMapping();
      written.writeByte(0x38).writeByte(names.size()).writeShort(0).writeInt(1);
      written.writeBuffer(new FixedPoint(1).toBuffer());
      for (String name : names.values()) {
        written.writeBytes((name + "\0").getBytes(StandardCharsets.UTF_8));
      }
      names.keySet().forEach(written::writeByte);
    } else {
      return type;
    }
    return new Content(type.getDataClass(), type.getSize(), written.build(), null);
  }

  private DataSpace space(int... shape) {
    BufferBuilder space =
        new BufferBuilder()
            .writeByte(2) // version
            .writeByte(shape.length)
            .writeByte(0) // no flags
            .writeByte(shape.length == 0 ? 0 : 1); // scalar, or not
    Arrays.stream(shape).forEach(space::writeLong);
    return DataSpace.readDataSpace(space.build(), superblock);
  }

  // ---- Attributes -----------------------------------------------------------------------------

  private Message message(String name, Attribute attribute) throws IOException {
    Content content;
    DataSpace space;
    if (attribute instanceof Strings strings) {
      space = strings.isArray() ? space(strings.values().size()) : space();
      content = strings.length() == 0 ? references(strings) : padded(strings);
    } else {
      Numbers numbers = (Numbers) attribute;
      space = space(numbers.shape());
      ByteBuffer data = ByteBuffer.allocate(numbers.data().remaining()); // jHDF wants its array
      data.put(numbers.data().slice()).flip();
      content = new Content(numbers.type(), numbers.type().toBuffer(), data);
    }
    Message message =
        AttributeMessage.create(
            name,
            new WritableAttributeImpl(name, null, 0) {
              @Override
              public DataType getDataType() {
                return content;
              }

              @Override
              public DataSpace getDataSpace() {
                return space;
              }
            });
    if (message.toBuffer().remaining() > MAX_MESSAGE_BYTES) {
      throw new IOException("has an attribute that is too long to write: " + Text.quote(name));
    }
    return message;
  }

  /** A type together with what is of it, ready for the file. */
  private static final class Content extends DataType {
    private final ByteBuffer type;
    private final ByteBuffer data;

    Content(DataType like, ByteBuffer type, ByteBuffer data) {
      this(like.getDataClass(), like.getSize(), type, data);
    }

    Content(int dataClass, int size, ByteBuffer type, ByteBuffer data) {
      super(dataClass, size);
      this.type = type;
      this.data = data;
    }

    @Override
    public ByteBuffer toBuffer() {
      return type.duplicate();
    }

    @Override
    public ByteBuffer encodeData(Object ignored) {
      return data.duplicate();
    }

    @Override
    public Class<?> getJavaType() {
      return Object.class;
    }

    @Override
    public Object fillData(ByteBuffer buffer, int[] dimensions, HdfBackingStorage storage) {
      throw new UnsupportedOperationException("but written");
    }
  }

  /** Strings of one length, filled up with zeros. */
  private static Content padded(Strings strings) throws IOException {
    int length = strings.length();
    for (String value : strings.values()) {
      length = Math.max(length, value.getBytes(StandardCharsets.UTF_8).length);
    }
    ByteBuffer type =
        new BufferBuilder()
            .writeByte(0x13) // a string, version 1
            .writeByte(strings.utf8() ? 0x11 : 0x01) // filled up with zeros
            .writeShort(0)
            .writeInt(length)
            .build();
    ByteBuffer data = ByteBuffer.allocate(Math.multiplyExact(length, strings.values().size()));
    for (int i = 0; i < strings.values().size(); i++) {
      data.put(i * length, strings.values().get(i).getBytes(StandardCharsets.UTF_8));
    }
    return new Content(3, length, type, data);
  }

  /** Where strings of any length lie. */
  private Content references(Strings strings) {
    BufferBuilder type =
        new BufferBuilder()
            .writeByte(0x19) // of variable length, version 1
            .writeByte(0x01) // a string
            .writeByte(strings.utf8() ? 1 : 0)
            .writeByte(0)
            .writeInt(16)
            .writeBuffer(new FixedPoint(1, false).toBuffer());
    BufferBuilder data = new BufferBuilder();
    List<byte[]> values =
        strings.values().stream().map(string -> string.getBytes(StandardCharsets.UTF_8)).toList();
    for (int from = 0; from < values.size(); from += MAX_HEAP_OBJECTS) {
      List<byte[]> some = values.subList(from, Math.min(values.size(), from + MAX_HEAP_OBJECTS));
      long heap = heapsAddress + heaps.size();
      for (int i = 0; i < some.size(); i++) {
        data.writeInt(some.get(i).length).writeLong(heap).writeInt(i + 1);
      }
      heaps.writeBytes(heap(some));
    }
    return new Content(9, 16, type.build(), data.build());
  }

  /** A collection of strings, numbered from 1, and the room left under number 0. */
  private static byte[] heap(List<byte[]> values) {
    long used = 16;
    for (byte[] value : values) {
      used += 16 + align(value.length);
    }
    int size = Math.toIntExact(Math.max(HEAP_BYTES, used));
    ByteBuffer heap = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    heap.put("GCOL".getBytes(StandardCharsets.US_ASCII)).put((byte) 1).put(new byte[3]);
    heap.putLong(size);
    for (int i = 0; i < values.size(); i++) {
      byte[] value = values.get(i);
      heap.putShort((short) (i + 1)).putShort((short) 1).putInt(0).putLong(value.length);
      heap.put(value).position((int) align(heap.position()));
    }
    if (heap.remaining() >= 16) {
      heap.putShort((short) 0).putShort((short) 0).putInt(0).putLong(size - used);
    }
    return heap.array();
  }
}
