/* How the Pico introduces itself on USB: one serial port, named by the chip's own number. */
#include <string.h>
#include "pico/unique_id.h"
#include "tusb.h"

enum { DATA_OUT = 0x02, NOTICES = 0x81, DATA_IN = 0x82 };
enum { TEXT_LANGUAGE, TEXT_MAKER, TEXT_PRODUCT, TEXT_NUMBER };

static const tusb_desc_device_t device = {
    .bLength = sizeof(tusb_desc_device_t), .bDescriptorType = TUSB_DESC_DEVICE, .bcdUSB = 0x0200,
    .bDeviceClass = TUSB_CLASS_MISC, .bDeviceSubClass = MISC_SUBCLASS_COMMON, .bDeviceProtocol = MISC_PROTOCOL_IAD,
    .bMaxPacketSize0 = CFG_TUD_ENDPOINT0_SIZE, .idVendor = 0x2E8A, .idProduct = 0x000A, .bcdDevice = 0x0100,
    .iManufacturer = TEXT_MAKER, .iProduct = TEXT_PRODUCT, .iSerialNumber = TEXT_NUMBER, .bNumConfigurations = 1,
};

static const uint8_t configuration[] = {
    TUD_CONFIG_DESCRIPTOR(1, 2, 0, TUD_CONFIG_DESC_LEN + TUD_CDC_DESC_LEN, 0, 100),
    TUD_CDC_DESCRIPTOR(0, 0, NOTICES, 8, DATA_OUT, DATA_IN, 64),
};

const uint8_t *tud_descriptor_device_cb(void)
{
    return (const uint8_t *)&device;
}

const uint8_t *tud_descriptor_configuration_cb(uint8_t index)
{
    (void)index;
    return configuration;
}

const uint16_t *tud_descriptor_string_cb(uint8_t index, uint16_t language)
{
    static uint16_t out[1 + 2 * PICO_UNIQUE_BOARD_ID_SIZE_BYTES];
    char number[2 * PICO_UNIQUE_BOARD_ID_SIZE_BYTES + 1];
    const char *text = NULL;
    uint8_t n = 0;
    (void)language;
    if (index == TEXT_MAKER)
        text = "luiapp";
    else if (index == TEXT_PRODUCT)
        text = "Lu.i adapter";
    else if (index == TEXT_NUMBER)
        pico_get_unique_board_id_string(number, sizeof number), text = number;
    if (index == TEXT_LANGUAGE)
        out[++n] = 0x0409;
    else if (!text)
        return NULL;
    for (; text && *text && n + 1u < sizeof out / sizeof *out; text++)
        out[++n] = (uint8_t)*text;
    out[0] = (uint16_t)(TUSB_DESC_STRING << 8 | (2 * n + 2));
    return out;
}
